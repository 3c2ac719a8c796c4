// One tool-calling run by each contestant, in the fastest way that its own documentation shows; telemetry is off.
import { chat, maxIterations } from '@tanstack/ai';
import { tool as aiTool, generateText, isStepCount, jsonSchema } from 'ai';
import { ToolCallingAgent, tool } from 'smolagents-web';
import { add, DESCRIPTION, PARAMETERS, reply, SYSTEM, TASK, USAGE } from './script.mjs';

/** @typedef {{ steps: number, latencyMs: number }} Load */
/** Set-up done once, as an app does it; the function it gives makes one run and resolves to its answer, a text. */
/** @type {Record<'bare' | 'smolagents-web' | 'ai' | '@tanstack/ai', (load: Load) => () => Promise<string>>} */
export const contestants = {
  bare: bareLoop,
  'smolagents-web': ours,
  ai: aiSdk,
  '@tanstack/ai': tanstack,
};

/** What a person writes by hand who wants nothing but the loop. @param {Load} load */
function bareLoop(load) {
  const tools = { add };
  return async () => {
    const messages = [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: TASK },
    ];
    for (let turn = 0; ; turn++) {
      const said = await reply(turn, load);
      if ('answer' in said) return said.answer;
      const call = { id: said.id, name: 'add', arguments: said.args };
      messages.push({ role: 'assistant', toolCalls: [call] });
      const result = await tools[call.name](JSON.parse(call.arguments));
      messages.push({ role: 'tool', id: call.id, content: JSON.stringify(result) });
    }
  };
}

/** @param {Load} load */
function ours(load) {
  const count = { type: 'number', description: 'A number' };
  const tools = [
    tool({ name: 'add', description: DESCRIPTION, inputs: { a: count, b: count }, outputType: 'number', execute: add }),
  ];
  const model = {
    modelId: 'scripted',
    async *generate({ messages }) {
      const turn = messages.filter(({ role }) => role === 'tool-response').length;
      const said = await reply(turn, load);
      const call =
        'answer' in said
          ? { id: 'last', name: 'final_answer', arguments: JSON.stringify(said) }
          : { id: said.id, name: 'add', arguments: said.args };
      const usage = { inputTokens: USAGE.input, outputTokens: USAGE.output };
      yield { type: 'reply', reply: { content: null, toolCalls: [call], usage, finishReason: 'tool_calls' } };
    },
  };
  const agent = new ToolCallingAgent({ model, tools, instructions: SYSTEM, maxSteps: load.steps + 1 });
  return () => agent.run(TASK);
}

/** @param {Load} load */
function aiSdk(load) {
  const tools = { add: aiTool({ description: DESCRIPTION, inputSchema: jsonSchema(PARAMETERS), execute: add }) };
  const usage = {
    inputTokens: { total: USAGE.input, noCache: USAGE.input, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: USAGE.output, text: USAGE.output, reasoning: undefined },
  };
  const finish = { usage, warnings: [] };
  const model = {
    specificationVersion: 'v4',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    async doGenerate({ prompt }) {
      const said = await reply(prompt.filter(({ role }) => role === 'tool').length, load);
      return 'answer' in said
        ? {
            content: [{ type: 'text', text: said.answer }],
            finishReason: { unified: 'stop', raw: undefined },
            ...finish,
          }
        : {
            content: [{ type: 'tool-call', toolCallId: said.id, toolName: 'add', input: said.args }],
            finishReason: { unified: 'tool-calls', raw: undefined },
            ...finish,
          };
    },
    doStream: () => Promise.reject(new Error('nothing here streams')),
  };
  const stopWhen = isStepCount(load.steps + 1);
  const telemetry = { isEnabled: false };
  return async () =>
    (await generateText({ model, tools, instructions: SYSTEM, prompt: TASK, stopWhen, telemetry })).text;
}

/** @param {Load} load */
function tanstack(load) {
  const tools = [{ name: 'add', description: DESCRIPTION, inputSchema: PARAMETERS, execute: add }];
  const usage = { promptTokens: USAGE.input, completionTokens: USAGE.output, totalTokens: USAGE.input + USAGE.output };
  const adapter = {
    kind: 'text',
    name: 'scripted',
    model: 'scripted',
    async *chatStream({ messages, runId, threadId }) {
      const turn = messages.filter(({ role }) => role === 'tool').length;
      const said = await reply(turn, load);
      const about = { timestamp: Date.now(), model: 'scripted' };
      yield { type: 'RUN_STARTED', runId, threadId, ...about };
      if ('answer' in said) {
        const messageId = `message_${turn}`;
        yield { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant', ...about };
        yield { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: said.answer, ...about };
        yield { type: 'TEXT_MESSAGE_END', messageId, ...about };
        yield { type: 'RUN_FINISHED', runId, threadId, finishReason: 'stop', usage, ...about };
      } else {
        const call = { toolCallId: said.id, toolCallName: 'add', toolName: 'add', ...about };
        yield { type: 'TOOL_CALL_START', index: 0, ...call };
        yield { type: 'TOOL_CALL_ARGS', delta: said.args, ...call };
        yield { type: 'TOOL_CALL_END', ...call };
        yield { type: 'RUN_FINISHED', runId, threadId, finishReason: 'tool_calls', usage, ...about };
      }
    },
    structuredOutput: () => Promise.reject(new Error('nothing here is structured')),
  };
  const agentLoopStrategy = maxIterations(load.steps + 1);
  return () =>
    chat({
      adapter,
      tools,
      systemPrompts: [SYSTEM],
      messages: [{ role: 'user', content: TASK }],
      agentLoopStrategy,
      stream: false,
    });
}
