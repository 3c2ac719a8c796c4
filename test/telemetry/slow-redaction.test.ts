import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { maskingOf } from '../../src/telemetry/masking/masking';
import { maskingWish } from '../../src/telemetry/masking/masking-options';
import { AttributeWriter } from '../../src/telemetry/spans/attribute-writer';

/** Redacts nothing; takes 60 ms each time that `isSlow` says so. */
function writer(isSlow: () => boolean): AttributeWriter {
  const redact = (text: string) => {
    const endMs = performance.now() + (isSlow() ? 60 : 0);
    while (performance.now() < endMs);
    return text;
  };
  return new AttributeWriter(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), {
    masking: maskingOf(maskingWish('A test', {})),
    redact,
  });
}

test('a machine that was busy while one text was redacted costs no other text of the span', () => {
  let times = 0;
  const stalled = writer(() => ++times === 1);

  expect([stalled.veil('first'), stalled.veil('second')]).toEqual(['first', 'second']);
});

test('a function that is slow each time has the texts after it redacted whole', () => {
  const slow = writer(() => true);

  expect([slow.veil('first'), slow.veil('second')]).toEqual(['first', '__REDACTED__']);
});
