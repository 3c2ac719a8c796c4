import {
  type AgentOptions,
  CodeAgent,
  type Fetch,
  HfApiModel,
  OpenAIModel,
  ToolCallingAgent,
  tool,
} from 'smolagents-web';
import type { VirtualClock } from 'smolagents-web/testing';
import type { ScriptEntry } from '../model-faults/case';
import { scriptedEndpoint } from '../model-faults/endpoint';
import type { AgentWord, EndsCase } from './case';

/** A team in which everything can be under way at once, and what can be seen of it. */
export interface Team {
  agent: CodeAgent | ToolCallingAgent;
  fetch: Fetch;
  /** What still goes on: requests and their bodies, tools. */
  underWay(): number;
}

/** A manager that plans, retries, and calls two slow tools and another agent at once; that one retries and waits as well. */
export function teamOf({ agent, manages, stream = false }: EndsCase, clock: VirtualClock): Team {
  const plan = reply({ content: 'a plan' }, stream);
  const manager = scriptedEndpoint([plan, BUSY, reply(FIRST[agent], stream), plan, answerOf(agent, stream)], clock);
  const helper = scriptedEndpoint(
    [{ network: 'reset' }, reply(SECOND[manages], stream), answerOf(manages, stream)],
    clock,
  );
  let working = 0;
  const slow = tool({
    name: 'slow',
    description: 'Takes its time.',
    inputs: { ms: { type: 'number', description: 'How long.' } },
    execute: async ({ ms }: { ms: number }, handle) => {
      working += 1;
      try {
        await handle.clock.sleep(ms, handle.signal);
        return `took ${ms}`;
      } finally {
        working -= 1;
      }
    },
  });
  const shared = { tools: [slow], streamOutputs: stream };
  const member = agentOf(manages, {
    ...shared,
    model: new HfApiModel({ endpointUrl: 'https://helper.invalid/v1', token: 'hf_of_the_helper' }),
    name: 'helper',
    description: 'Helps.',
  });
  return {
    agent: agentOf(agent, {
      ...shared,
      model: new OpenAIModel({ modelId: 'm', apiBase: 'https://manager.invalid/v1' }),
      managedAgents: [member],
      planningInterval: 1,
    }),
    fetch: (input, init) => (String(input).includes('manager') ? manager : helper).fetch(input, init),
    underWay: () => working + manager.open() + helper.open(),
  };
}

function agentOf(word: AgentWord, options: AgentOptions): CodeAgent | ToolCallingAgent {
  return word === 'code' ? new CodeAgent(options) : new ToolCallingAgent(options);
}

const BUSY: ScriptEntry = { http: { status: 503, headers: { 'retry-after-ms': '20' } } };

interface Message {
  content?: string;
  calls?: readonly (readonly [name: string, args: object])[];
}

const FIRST: Readonly<Record<AgentWord, Message>> = {
  code: {
    content:
      '<code>\nprint(await Promise.all([slow({ ms: 30 }), slow({ ms: 9 }), helper({ task: "Help." })]))\n</code>',
  },
  'tool-calling': {
    calls: [
      ['slow', { ms: 30 }],
      ['slow', { ms: 9 }],
      ['helper', { task: 'Help.' }],
    ],
  },
};
const SECOND: Readonly<Record<AgentWord, Message>> = {
  code: { content: '<code>\nprint(await slow({ ms: 14 }))\n</code>' },
  'tool-calling': { calls: [['slow', { ms: 14 }]] },
};

function answerOf(word: AgentWord, stream: boolean): ScriptEntry {
  const message: Message =
    word === 'code'
      ? { content: '<code>\nfinal_answer("done")\n</code>' }
      : { calls: [['final_answer', { answer: 'done' }]] };
  return reply(message, stream);
}

/** A reply as an endpoint sends it; a stream comes in pieces, one read each. */
function reply({ content, calls = [] }: Message, stream: boolean): ScriptEntry {
  const reason = calls.length > 0 ? 'tool_calls' : 'stop';
  const toolCalls = calls.map(([name, args], index) => ({
    index,
    id: `${name}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
  const usage = { prompt_tokens: 10, completion_tokens: 5 };
  if (!stream) {
    const message = { role: 'assistant', content: content ?? null, tool_calls: toolCalls };
    return { http: { json: { choices: [{ index: 0, message, finish_reason: reason }], usage } } };
  }
  const half = (content?.length ?? 0) >> 1;
  const deltas = content === undefined ? toolCalls.map((call) => ({ tool_calls: [call] })) : [];
  const texts =
    content === undefined ? [] : [content.slice(0, half), content.slice(half)].map((text) => ({ content: text }));
  const chunks = [...texts, ...deltas].map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }));
  const last = { choices: [{ index: 0, delta: {}, finish_reason: reason }], usage };
  return { sse: { chunks: [...chunks, last].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), end: 'close' } };
}
