import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceCase } from '../../scripts/cases/conformance/case';
import { casesOf } from '../fakes/case-files';

const OWN = 'test/cases';

/** The project's own cases of conformance/1. */
export const ownCases = readdirSync(OWN)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => {
    const content: { kind: string; cases: ConformanceCase[] } = JSON.parse(readFileSync(join(OWN, file), 'utf8'));
    return content.kind === 'conformance/1' ? content.cases : [];
  });

/** The own and, where they are there, the shared ones. */
export const allCases = [...ownCases, ...casesOf<ConformanceCase>('conformance/cases.json')];
