import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { layeringFaults } from './layering';

const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  [kind in 'dependencies' | 'peerDependencies']?: Record<string, string>;
};
const src = fileURLToPath(new URL('../src', import.meta.url));

test('the files of src keep to the order of the rooms', () => {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const files = new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(src, path), 'utf8')]));

  const faults = layeringFaults({ files, dependencies: Object.keys({ ...dependencies, ...peerDependencies }) });

  expect(files.has('index.ts')).toBe(true);
  expect(faults).toEqual([]);
});

const good = {
  'errors.ts': 'export class AgentError extends Error {}',
  'web/clock.ts': "import type { AgentError } from '../errors'; export type Clock = AgentError;",
  'agents/agent.ts': "import { runtime } from '#runtime'; export { run }; const run = () => import('../models/model');",
  'models/model.ts': "import { z } from 'zod'; import './zoo'; import wasm from './engine.wasm';",
  'models/zoo.ts': '',
  'telemetry/span.ts': "import { trace } from '@opentelemetry/api';",
  'index.ts': "export { AgentError } from './errors'; export type * from './agents/agent';",
  'runtimes/node.ts': "import { readFile } from 'node:fs/promises'; export * from './node/host';",
  'runtimes/node/host.ts': "import { AgentError } from '../../errors';",
};

test('a tree that keeps every rule has no faults', () => {
  const files = new Map(Object.entries(good));

  const faults = layeringFaults({ files, dependencies: ['zod', '@opentelemetry/api'] });

  expect(faults).toEqual([]);
});

test.each([
  ['an import from below', 'web/clock.ts', "import '../models/model';", 'models/model.ts, which lies below'],
  ['a type import from below', 'web/clock.ts', "import type { M } from '../models/model';", 'which lies below'],
  ['a lazy import from below', 'web/clock.ts', "const m = await import('../models/model');", 'which lies below'],
  ['an import type from below', 'web/clock.ts', "type M = import('../models/model').M;", 'which lies below'],
  ['an import of the front door', 'telemetry/span.ts', "import '../index';", 'index.ts, which lies below'],
  ['a file that is not there', 'web/clock.ts', "import './watch';", './watch, which does not exist'],
  ['an import out of src', 'web/clock.ts', "import '../../test/fakes/clock';", 'which lies outside src'],
  ['an extension', 'web/clock.ts', "import '../errors.js';", '../errors.js with an extension'],
  ['a builtin of Node', 'web/clock.ts', "import 'node:fs';", 'node:fs, which not every runtime has'],
  [
    'a builtin of Node without its prefix',
    'web/clock.ts',
    "import type { A } from 'fs';",
    'fs, which not every runtime has',
  ],
  ['a builtin of workerd', 'web/clock.ts', "import 'cloudflare:workers';", 'which not every runtime has'],
  ['a package that nobody installs', 'web/clock.ts', "import 'zod-mini';", 'zod-mini, which is no dependency'],
  ['OpenTelemetry above telemetry', 'agents/agent.ts', "import '@opentelemetry/api';", 'lies above telemetry'],
  ['a re-export outside a door', 'models/model.ts', "export { a } from './zoo';", 're-exports and is no door'],
  ['an import exported again', 'models/model.ts', "import { a } from './zoo'; export { a as b };", 'is no door'],
  [
    'a circle of files',
    'models/zoo.ts',
    "import './model';",
    'circle: models/model.ts > models/zoo.ts > models/model.ts',
  ],
  [
    'a circle of types',
    'models/zoo.ts',
    "import type { M } from './model';",
    'circle: models/model.ts > models/zoo.ts',
  ],
  ['a room that nobody knows', 'extras/more.ts', '', 'extras/more.ts lies in no room'],
  ['a name for no purpose', 'web/utils.ts', '', 'web/utils.ts is named for no purpose'],
  ['a file that is too long', 'web/long.ts', 'void 0;\n'.repeat(301), 'web/long.ts has 301 lines'],
])('%s is a fault that is named', (_, path, text, expected) => {
  const files = new Map(Object.entries({ ...good, [path]: text }));

  const faults = layeringFaults({ files, dependencies: ['zod', '@opentelemetry/api'] });

  expect(faults).toEqual([expect.stringContaining(expected)]);
});
