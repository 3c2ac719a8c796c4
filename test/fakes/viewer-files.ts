import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** A golden trace of `CASES` (default `../shared`), or nothing and one loud line where it is absent. */
export function golden(scenario: string): { spans: Record<string, unknown>[] } | undefined {
  const path = join(process.env.CASES ?? '../shared', 'golden', `${scenario}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  console.warn(`NOT RUN: golden/${scenario}.json is absent; set CASES to the folder that holds it`);
  return undefined;
}

/** Spans as an OTLP/JSON file, by OpenTelemetry's own serialiser. */
export function otlpFile(spans: readonly ReadableSpan[]): string {
  const bytes = JsonTraceSerializer.serializeRequest([...spans]);
  if (!bytes) throw new Error('the spans could not be encoded');
  return new TextDecoder().decode(bytes);
}
