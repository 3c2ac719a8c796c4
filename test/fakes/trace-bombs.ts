const TRACE_ID = 'ab'.repeat(16);
const SPAN = { traceId: TRACE_ID, spanId: 'cd'.repeat(8), name: 'a' };

const many = (text: string, times: number) => Array(times).fill(text).join(',');
const inScope = (spans: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[${spans}]}]}]}`;
const span = JSON.stringify(SPAN);

/** Bodies of OTLP that hold too much of something: what, the JSON, and the words by which it is refused. */
export const traceBombs = (): [what: string, body: string, words: string][] => [
  ['resources', `{"resourceSpans":[${many('{}', 1_001)}]}`, '1000 resources'],
  ['scopes', `{"resourceSpans":[{"scopeSpans":[${many('{}', 1_000)}]}]}`, '1000 resources'],
  ['spans', inScope(many(span, 10_001)), '10000 spans'],
  ['fields of any name', `{"x":[${many('[]', 200_001)}]}`, '400000 fields'],
  ['scopes of a large resource', largeResource(20, '1'), 'characters of JSON'],
  ['traces of a large resource', largeResource(1, ...Array.from({ length: 20 }, (_, at) => String(at))), 'characters'],
  [
    'control characters',
    inScope(span.replace('"a"', JSON.stringify('\0'.repeat(3_000_000)))),
    'more than 8388608 bytes',
  ],
];

function largeResource(scopes: number, ...traces: string[]): string {
  const resource = { large: 'r'.repeat(1_000_000) };
  const spans = traces.map((trace) => ({ ...SPAN, traceId: trace.padStart(32, '0') }));
  const scopeSpans = Array.from({ length: scopes }, (_, at) => ({ scope: { name: String(at) }, spans }));
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] });
}
