import { type AnyTool, type Model, type ModelRequest, tool } from 'smolagents-web';
import { type ScriptEntry, scriptedModel } from 'smolagents-web/testing';

/**
 * What was really done, and by which calls. No call of `send` may be made twice; one of `read` may. Each gives `send of 3`,
 * which the model looks for.
 */
export function world(): { done: string[]; calls: string[]; tools: readonly AnyTool[] } {
  const done: string[] = [];
  const calls: string[] = [];
  const make = (name: string, idempotent: boolean) =>
    tool({
      name,
      description: `Does ${name}.`,
      inputs: { n: { type: 'integer', description: 'Which.' } },
      idempotent,
      execute: async ({ n }, { callId }) => {
        done.push(`${name} ${n}`);
        calls.push(`${name} ${n} ${callId}`);
        return `${name} of ${n}`;
      },
    });
  return { done, calls, tools: [make('send', false), make('read', true)] };
}

/** Something to bring about, how, and the texts by which it shows. */
export interface Deed {
  reply: ScriptEntry;
  shows: readonly string[];
}

/**
 * A model that knows from the messages alone what comes next, as a real one does: the first deed that does not show in
 * what it was told, and at the end `last`. It tells `asked` of each call.
 */
export function purposeful(name: string, deeds: readonly Deed[], last: ScriptEntry, asked: string[]): Model {
  return {
    modelId: name,
    async *generate(request: ModelRequest) {
      const told = JSON.stringify(request.messages.filter(({ role }) => role === 'tool-response'));
      const deed = deeds.find(({ shows }) => !shows.every((text) => told.includes(text)));
      asked.push(name);
      yield* scriptedModel(deed?.reply ?? last).generate(request);
    },
  };
}
