import type { ActionStep, AgentEvent, ErrorRecord } from 'smolagents-web';
import type { Place } from './case';
import type { ModelReply, RunToShow } from './shown';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const START_MS = 1_795_380_000_000;

/** Runs that hold the text at this place, by what they are; those that happen have no place for spans' names and attributes. */
export function runsWithText(text: string, place: Place): Readonly<Record<string, RunToShow>> {
  const file = traceWith(text, place);
  const kept = { 'viewer, saved': { file }, 'demo page, dropped': { dropped: file } };
  if (place === 'spanName' || place === 'spanAttribute') return kept;
  const live = { events: eventsWith(text, place) };
  return { ...kept, 'viewer, live': live, 'demo page, live': { replies: repliesWith(text, place) } };
}

function traceWith(text: string, place: Place) {
  const at = (where: Place, otherwise: string) => (place === where ? text : otherwise);
  const code = at('code', 'look_up({ name: "Oslo" })');
  const reply = `Thought: ${at('thought', 'I look it up.')}\n<code>\n${code}\n</code>`;
  const message = at('errorMessage', 'no such name');
  const spans = [
    span(1, 0, at('spanName', 'CodeAgent.run'), {
      'openinference.span.kind': 'AGENT',
      'input.value': 'How old is the tower?',
      'output.value': at('answer', '136 years'),
      'smolagents.note': at('spanAttribute', 'nothing'),
    }),
    span(2, 1, 'Step 1', { 'openinference.span.kind': 'CHAIN', 'output.value': at('toolResult', '1889') }),
    span(3, 2, 'HfApiModel.generate', {
      'openinference.span.kind': 'LLM',
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.content': reply,
    }),
    span(
      4,
      2,
      'look_up',
      { 'openinference.span.kind': 'TOOL', 'input.value': '{"name":"Oslo"}', 'output.value': at('toolResult', '1889') },
      place === 'errorMessage' ? message : undefined,
    ),
  ];
  return { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'cases' }, spans }] }] };
}

function span(number: number, parent: number, name: string, facts: Readonly<Record<string, string>>, error?: string) {
  const nano = (offsetMs: number) => `${START_MS + offsetMs}000000`;
  const attributes = Object.entries(facts).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return {
    traceId: TRACE_ID,
    spanId: String(number).padStart(16, '0'),
    ...(parent > 0 && { parentSpanId: String(parent).padStart(16, '0') }),
    name,
    startTimeUnixNano: nano(number * 10),
    endTimeUnixNano: nano(1000 - number * 10),
    attributes,
    status: error === undefined ? { code: 1 } : { code: 2, message: error },
  };
}

function eventsWith(text: string, place: Place): AgentEvent[] {
  const at = (where: Place, otherwise: string) => (place === where ? text : otherwise);
  const code = at('code', 'look_up({ name: "Oslo" })');
  const reply = `Thought: ${at('thought', 'I look it up.')}\n<code>\n${code}\n</code>`;
  const call = { id: 'c1', name: 'look_up', arguments: { name: 'Oslo' } };
  const error: ErrorRecord = { type: 'AgentExecutionError', code: 'execution', message: text };
  const failure = place === 'errorMessage' ? { error } : {};
  const found = at('toolResult', '1889');
  const result = { id: 'c1', text: found, ...(failure.error ? failure : { output: found }) };
  const step: ActionStep = {
    type: 'action',
    number: 1,
    text: reply,
    toolCalls: [{ id: 'c0', name: 'javascript_interpreter', arguments: code }],
    code,
    observations: found,
    timing: { startMs: START_MS, endMs: START_MS + 500 },
    ...failure,
  };
  const base = { path: ['CodeAgent'], runId: 'r1' };
  return [
    { ...base, type: 'run-start', task: 'How old is the tower?' },
    { ...base, type: 'text', text: reply, step: 1 },
    { ...base, type: 'tool-call', call, step: 1 },
    { ...base, type: 'tool-result', call, result, step: 1 },
    { ...base, type: 'step', step },
    { ...base, type: 'final-answer', output: at('answer', '136 years') },
    { ...base, type: 'run-end', state: 'success' },
  ];
}

/** What a model says for its run to hold the text; where that is an error, the model's server refuses with it. */
function repliesWith(text: string, place: Exclude<Place, 'spanName' | 'spanAttribute'>): ModelReply[] {
  const acts = {
    answer: `final_answer(${JSON.stringify(text)})`,
    thought: 'final_answer("136 years")',
    toolResult: `console.log(${JSON.stringify(text)})`,
    code: text,
    errorMessage: `throw new Error(${JSON.stringify(text)})`,
  };
  const thought = place === 'thought' ? text : 'I look it up.';
  const first = `Thought: ${thought}\n<code>\n${acts[place]}\n</code>`;
  const next = 'Thought: that is all.\n<code>\nfinal_answer("136 years")\n</code>';
  return place === 'errorMessage' ? [first, { refusal: text }] : [first, next];
}
