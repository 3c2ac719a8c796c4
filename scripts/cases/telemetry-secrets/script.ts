import type { Reply } from '../golden/golden-file';
import type { SecretsRun } from './case';

const DEFAULT_ANSWER = 'done';

/** What the model answers, turn by turn. */
export function repliesOf({
  answer = DEFAULT_ANSWER,
  code,
  toolCall,
  toolArgs,
  toolThrows,
  streamAnswer,
  managed,
}: SecretsRun): Reply[] {
  if (code !== undefined) {
    const last = `<code>\nfinal_answer(${JSON.stringify(answer)})\n</code>`;
    return [
      { content: `<code>\n${code}\n</code>`, usage },
      { content: last, usage },
    ];
  }
  const replies: Reply[] = [];
  if (toolCall !== undefined)
    replies.push(call(toolCall, toolCall === 'add' ? { a: 1, b: 2 } : {}, { content: answer }));
  if (toolArgs) replies.push(call('visit', toolArgs));
  if (toolThrows !== undefined) replies.push(call('fails', {}));
  if (managed)
    replies.push(call('helper', { task: 'help' }), call('final_answer', { answer: managed.answer ?? DEFAULT_ANSWER }));
  replies.push(
    call('final_answer', { answer }, streamAnswer ? { content: streamAnswer.join(''), pieces: streamAnswer } : {}),
  );
  return replies;
}

const usage = { prompt_tokens: 10, completion_tokens: 5 };
let number = 0;

function call(name: string, args: unknown, more: Partial<Reply> = {}): Reply {
  number += 1;
  return { content: null, tool_calls: [{ id: `call_${number}`, name, arguments: args }], usage, ...more };
}
