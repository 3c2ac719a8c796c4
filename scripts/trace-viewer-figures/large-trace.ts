const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const START_MS = 1_795_380_000_000;
const STEP_MS = 400;
const SPANS_OF_A_STEP = 4; // the step, its model call, two tool calls
const FAILS_EVERY = 97; // steps

/** A span of OTLP/JSON. */
export interface LargeSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { intValue: string } | { stringValue: string } }[];
  status: { code: number; message?: string };
}

/** The spans of `largeSpans` as a file of OTLP/JSON. */
export function largeTrace(count: number): { resourceSpans: unknown[] } {
  const spans = largeSpans(count);
  return { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'bench' }, spans }] }] };
}

/** A run of one agent: a root, then steps of four spans each until there are `count`. About 0.9 kB a span. */
export function largeSpans(count: number): LargeSpan[] {
  const steps = Math.ceil((count - 1) / SPANS_OF_A_STEP);
  const root = span(1, 0, 'CodeAgent.run', [0, steps * STEP_MS], {
    'openinference.span.kind': 'AGENT',
    'input.value': 'What is the growth rate of the US?',
    'output.value': '2.8 percent',
  });
  return [root, ...Array.from({ length: steps }, (_, index) => spansOfStep(index + 1)).flat()].slice(0, count);
}

/** The middle of the last step's text, which no other span has. */
export function lastNote(count: number): string {
  return `note-${Math.ceil((count - 1) / SPANS_OF_A_STEP)}-end`;
}

function spansOfStep(step: number): LargeSpan[] {
  const id = 2 + (step - 1) * SPANS_OF_A_STEP;
  const at = (step - 1) * STEP_MS;
  const failure = step % FAILS_EVERY === 0 ? 'country must be an ISO alpha-3 code' : undefined;
  const tool = (place: number, error?: string) =>
    span(
      id + 1 + place,
      id,
      'growth_rate',
      [at + 130 + 80 * place, at + 200 + 80 * place],
      {
        'openinference.span.kind': 'TOOL',
        'tool.name': 'growth_rate',
        'input.value': `{"country":"C${step}"}`,
        'output.value': `2.${step}`,
      },
      error,
    );
  return [
    span(id, 1, `Step ${step}`, [at, at + 390], {
      'openinference.span.kind': 'CHAIN',
      'output.value': `Observation: note-${step}-end ${'word '.repeat(40)}`,
    }),
    span(id + 1, id, 'HfApiModel.generate', [at + 10, at + 200], {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'some-model',
      'llm.token_count.prompt': 1000,
      'llm.token_count.completion': 50,
      'llm.input_messages.0.message.role': 'system',
      'llm.input_messages.0.message.content': 'You are an agent. '.repeat(60),
      'llm.input_messages.1.message.role': 'user',
      'llm.input_messages.1.message.content': `Do step ${step}.`,
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.content': `Thought: I call tool ${step}.\n<code>\nawait growth_rate("C${step}")\n</code>`,
    }),
    tool(1),
    tool(2, failure),
  ];
}

function span(
  id: number,
  parent: number,
  name: string,
  [fromMs, toMs]: readonly [number, number],
  facts: Readonly<Record<string, string | number>>,
  error?: string,
): LargeSpan {
  const hex = (number: number) => number.toString(16).padStart(16, '0');
  const attributes = Object.entries(facts).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
  return {
    traceId: TRACE_ID,
    spanId: hex(id),
    ...(parent > 0 && { parentSpanId: hex(parent) }),
    name,
    startTimeUnixNano: `${START_MS + fromMs}000000`,
    endTimeUnixNano: `${START_MS + toMs}000000`,
    attributes,
    status: error === undefined ? { code: 1 } : { code: 2, message: error },
  };
}
