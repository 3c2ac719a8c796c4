import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import type { Budget } from '../../src/agents/runs/budget';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentGenerationError } from '../../src/errors';
import type { ChatMessage, Model, ModelPart, ModelReply } from '../../src/models/model';
import { tool } from '../../src/tools/tool';
import type { Fetch } from '../../src/web/fetch';

/** Waits for a real while, up to so many milliseconds: what a run does not know of. */
const aWhile = (mostMs: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * mostMs));

const query = { q: { type: 'string', description: 'What.' } } as const;

/** Asks the network for the same thing as everybody else, and gives what it was told, and when. */
const look = tool({
  name: 'look',
  description: 'Looks.',
  inputs: query,
  execute: async ({ q }, { fetch, clock, signal }) => {
    const began = clock.now();
    const reply = await fetch('https://same.example/', { signal });
    await clock.sleep(1, signal);
    return `${q}: ${await reply.text()} in ${clock.now() - began} ms from ${began}`;
  },
});
/** Does something in real time, past its handle, between two looks at the clock. */
const nap = tool({
  name: 'nap',
  description: 'Naps.',
  inputs: query,
  execute: async ({ q }, { clock }) => {
    const began = clock.now();
    await aWhile(4);
    if (q.endsWith('!')) throw new Error(`${q} woke at ${clock.now() - began}`);
    return `${q} slept for ${clock.now() - began} ms`;
  },
});
const pay = tool({ name: 'pay', description: 'Pays.', inputs: query, needsApproval: true, execute: ({ q }) => q });

/** Answers each request otherwise, after a while. */
export function changingPages(): Fetch {
  let answers = 0;
  return async () => {
    await aWhile(4);
    answers += 1;
    return new Response(`answer ${answers}`);
  };
}

type Calls = readonly (readonly [name: string, args: Record<string, unknown>])[];

/** A reply by the turn of the one who asks. Call ids are left out, so that the run draws its own. */
function speaking(say: (turn: number, task: string) => string | Calls, { fails = false } = {}): Model {
  return {
    modelId: 'busy',
    spanName: 'BusyModel',
    async *generate({ messages, stream, signal }): AsyncGenerator<ModelPart> {
      const turn = messages.filter(({ role }) => role === 'tool-response').length;
      const said = say(turn, taskOf(messages));
      for (const text of ['one ', 'two ', 'three']) {
        await aWhile(3);
        signal.throwIfAborted();
        if (stream) yield { type: 'text', text };
      }
      if (fails) throw new AgentGenerationError('out of office', { kind: 'server_error' });
      const toolCalls =
        typeof said === 'string' ? [] : said.map(([name, args]) => ({ id: '', name, arguments: JSON.stringify(args) }));
      const reply: ModelReply = {
        content: typeof said === 'string' ? `<code>\n${said}\n</code>` : 'one two three',
        toolCalls,
        usage: { inputTokens: 10, outputTokens: 3 },
      };
      yield { type: 'reply', reply };
    },
  };
}

function taskOf(messages: readonly ChatMessage[]): string {
  const task = messages.find(({ role }) => role === 'user')?.content;
  return typeof task === 'string' ? task : JSON.stringify(task);
}

const looks: Calls = [
  ['look', { q: 'a' }],
  ['nap', { q: 'b' }],
  ['look', { q: 'c' }],
  ['nap', { q: 'd!' }],
];
const answer = (value: unknown): Calls => [['final_answer', { answer: value }]];
const managed = (agent: CodeAgent | ToolCallingAgent, name: string) =>
  new ManagedAgent({ agent, name, description: `Does what ${name} does.` });

export interface TeamOptions {
  /** Whether a tool waits for a human, deep inside. */
  asks?: boolean;
  /** Whether one agent's model fails. */
  fails?: boolean;
  streams?: boolean;
  /** Whether tools do something in real time, past their handles. */
  naps?: boolean;
  budget?: Budget;
}

/**
 * Agents that work at once, three deep: callers of tools, one of them called twice with the same task, and writers of code that
 * wait for several calls at once. Everything takes another while each time.
 */
export function busyTeam({
  asks = false,
  fails = false,
  streams = true,
  naps = true,
  budget,
}: TeamOptions = {}): ToolCallingAgent {
  const tools = [look, naps ? nap : { ...nap, execute: () => 'no nap' }, pay];
  const settings = { tools, streamOutputs: streams };
  const finder = new ToolCallingAgent({
    ...settings,
    model: speaking((turn) => (turn === 0 ? looks : answer(turn))),
  });
  const coder = new CodeAgent({
    ...settings,
    model: speaking((turn) =>
      turn === 0
        ? 'const seen = await Promise.all([look("x"), nap("y"), look("z"), finder({ task: "Find." })]); console.log(seen.join());'
        : 'final_answer(await Promise.race([look("one"), look("other")]))',
    ),
    managedAgents: [managed(finder, 'finder')],
  });
  const asker = new ToolCallingAgent({
    ...settings,
    model: speaking((turn) =>
      turn === 0 ? [['look', { q: 'k' }], asks ? ['pay', { q: 'p' }] : ['nap', { q: 'p' }]] : answer('asked'),
    ),
  });
  const failing = new ToolCallingAgent({ ...settings, model: speaking(() => looks, { fails }), maxSteps: 1 });
  const model = speaking((turn) => {
    if (turn > 0) return answer('done');
    return [
      ['finder', { task: 'Find.' }],
      ['coder', { task: 'Write.' }],
      ['finder', { task: 'Find.' }],
      ['asker', { task: 'Ask.' }],
      ['failing', { task: 'Fail.' }],
      ['look', { q: 'top' }],
    ];
  });
  const managedAgents = [
    managed(finder, 'finder'),
    managed(coder, 'coder'),
    managed(asker, 'asker'),
    managed(failing, 'failing'),
  ];
  return new ToolCallingAgent({
    ...settings,
    model,
    managedAgents,
    planningInterval: 2,
    maxParallelTools: 6,
    ...(budget && { budget }),
  });
}
