import { expect, test } from 'vitest';
import { WebCryptoIdGenerator } from '../../src/telemetry/id-generator';

test('ids have the length and the alphabet of W3C Trace Context and are never drawn twice', () => {
  const ids = new WebCryptoIdGenerator();

  const traces = Array.from({ length: 1_000 }, () => ids.generateTraceId());
  const spans = Array.from({ length: 1_000 }, () => ids.generateSpanId());

  expect(traces.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  expect(spans.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  expect(new Set([...traces, ...spans]).size).toBe(2_000);
});
