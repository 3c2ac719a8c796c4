import { type Model, type ModelReply, type ModelRequest, tool } from 'smolagents-web';

const LONG_CALL_MS = 200;
const LONG_CALLS = 10;

/** What the worker's model was asked. */
export interface ModelCalls {
  /** When each call was begun, by `performance.now()`. */
  begunMs: number[];
  /** Total tokens that each reply reports; undefined where replies report none. */
  tokensPerCall: number | undefined;
}

/** The tool that the model keeps asking for; to poll is no loop. */
export const again = tool({
  name: 'again',
  description: 'Says that it was not enough.',
  inputs: {},
  repeatable: true,
  execute: () => 'not enough yet',
});

/**
 * A model scripted by the task: `x` is answered at once; `loop` asks for a tool at every call and, asked for a last word,
 * gives up; `long` is the same, with 200 ms a call, and answers after ten.
 */
export function taskModel(calls: ModelCalls): Model {
  return {
    modelId: 'scripted by the task',
    async *generate(request) {
      const number = calls.begunMs.push(performance.now());
      const task = taskOf(request);
      if (task === 'long') await request.clock.sleep(LONG_CALL_MS, request.signal);
      yield { type: 'reply', reply: replyTo(task, request, number, calls) };
    },
  };
}

function replyTo(task: string, request: ModelRequest, number: number, { tokensPerCall }: ModelCalls): ModelReply {
  const usage = tokensPerCall === undefined ? {} : { usage: { inputTokens: tokensPerCall, outputTokens: 0 } };
  if (!request.tools?.length) return { content: 'gave up', toolCalls: [], ...usage };
  const asked = request.messages.filter(({ role }) => role === 'tool-response').length;
  const ends = task !== 'loop' && (task !== 'long' || asked + 1 >= LONG_CALLS);
  const call = ends ? { name: 'final_answer', arguments: { answer: task } } : { name: 'again', arguments: {} };
  return { content: null, toolCalls: [{ id: `call-${number}`, ...call }], ...usage };
}

/** The last line of the first message that a user wrote: prompts put words of their own before it. */
function taskOf({ messages }: ModelRequest): string {
  const { content = '' } = messages.find(({ role }) => role === 'user') ?? {};
  const text =
    typeof content === 'string' ? content : content.map((part) => ('text' in part ? part.text : '')).join('');
  return text.trim().split('\n').at(-1) ?? '';
}
