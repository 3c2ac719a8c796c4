import type { Work } from '../../agents/scope';
import { addUsage, NO_TOKENS } from '../../memory/usage';
import type { ModelReply, TokenUsage, ToolSchema } from '../../models/model';
import type { Masking } from '../masking/masking';
import { REDACTED } from '../masking/redacted';
import type { Put } from './attribute-writer';
import { modelFacts } from './invocation-parameters';
import { jsonText, plainText } from './json-text';
import { inputMessages, outputMessage } from './message-attributes';
import { providerOf, systemOf } from './providers';

export type ModelWork = Extract<Work, { type: 'model' }>;

/** How model calls are told. */
export interface ModelTelling {
  strict: boolean;
  genAiContent: boolean;
  masking: Masking;
  /** Names of managed agents, which strict does not count among the tools. */
  team: ReadonlySet<string>;
}

/** The name of a model call's span. */
export function modelSpanName({ modelClass, request }: ModelWork): string {
  return `${modelClass}.${request.stream ? 'generate_stream' : 'generate'}`;
}

/**
 * All of a model call that ended, with its reply or without one, in the order of weight: who answered and what it cost, then
 * output and input whole, what was said, the tools, and what was told, which may be hundreds of keys.
 */
export function modelEnd(put: Put, work: ModelWork, reply: ModelReply | undefined, telling: ModelTelling): void {
  const { request, model } = work;
  const { address, parameters } = modelFacts(model);
  const known = reply || !telling.strict; // smolagents' instrumentor tells less of a call that failed
  if (known) whoAnswered(put, work, address);
  if (reply) usage(put, reply.usage, telling.strict);
  if (!telling.strict) genAi(put, work, reply, address);
  if (reply) wholeOutput(put, reply, telling);
  wholeInput(put, work, telling);
  put('llm.invocation_parameters', jsonText(parameters));
  if (!telling.strict && telling.genAiContent) genAiContent(put, work, reply);
  if (reply) outputMessage(put, reply, request.stream);
  if (known) toolSchemas(put, request.tools ?? [], telling);
  inputMessages(put, request.messages);
}

function whoAnswered(put: Put, { modelClass, modelId }: ModelWork, address: unknown): void {
  put('llm.model_name', modelId);
  put('llm.provider', providerOf(modelClass, address));
  put('llm.system', systemOf(modelId));
}

/** Strict counts an unknown usage as 0, as smolagents does. */
function usage(put: Put, given: TokenUsage | undefined, strict: boolean): void {
  const tokens = given ?? (strict ? NO_TOKENS : undefined);
  if (!tokens) return;
  tokenCounts(put, 'llm.token_count', tokens);
  if (strict) return;
  put('llm.token_count.prompt_details.cache_read', tokens.cachedTokens);
  put('llm.token_count.completion_details.reasoning', tokens.reasoningTokens);
}

/** The three counts of a usage under a key. */
export function tokenCounts(put: Put, key: string, { inputTokens, outputTokens }: TokenUsage): void {
  put(`${key}.prompt`, inputTokens);
  put(`${key}.completion`, outputTokens);
  put(`${key}.total`, inputTokens + outputTokens);
}

/** The sum of several usages, in `gen_ai` words. */
export function genAiUsage(put: Put, ...usages: readonly (TokenUsage | undefined)[]): void {
  if (usages.every((each) => each === undefined)) return;
  const sum = usages.reduce<TokenUsage>(addUsage, NO_TOKENS);
  put('gen_ai.usage.input_tokens', sum.inputTokens);
  put('gen_ai.usage.output_tokens', sum.outputTokens);
}

function genAi(put: Put, { modelClass, modelId }: ModelWork, reply: ModelReply | undefined, address: unknown): void {
  put('gen_ai.operation.name', 'chat');
  put('gen_ai.provider.name', providerOf(modelClass, address));
  put('gen_ai.request.model', modelId);
  if (!reply) return;
  put('gen_ai.response.model', reply.model);
  put('gen_ai.response.id', reply.id);
  put('gen_ai.response.finish_reasons', reply.finishReason ? [reply.finishReason] : undefined);
  genAiUsage(put, reply.usage);
}

function wholeOutput(put: Put, { content, toolCalls, usage: tokens }: ModelReply, telling: ModelTelling): void {
  const { strict, masking } = telling;
  // OpenInference leaves here what these two hide
  const isHidden = !strict && (masking.hidden.has('hideOutputMessages') || masking.hidden.has('hideOutputText'));
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    id,
    type: 'function',
    function: { name, arguments: plainText(args) },
  }));
  const usage = tokens && { ...tokens, totalTokens: tokens.inputTokens + tokens.outputTokens };
  const whole = { role: 'assistant', content, tool_calls: calls.length ? calls : null, token_usage: usage ?? null };
  put('output.mime_type', 'application/json');
  put('output.value', isHidden ? REDACTED : jsonText(whole));
}

function wholeInput(put: Put, { request }: ModelWork, { strict, masking }: ModelTelling): void {
  const isHidden = !strict && (masking.hidden.has('hideInputMessages') || masking.hidden.has('hideInputText'));
  const tools = request.tools?.map(({ name }) => name);
  const whole = {
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    stop_sequences: request.stop ?? null,
    response_format: request.responseFormat ?? null,
    tools_to_call_from: tools?.length && !masking.hidden.has('hideLlmTools') ? tools : null,
    kwargs: {},
  };
  put('input.mime_type', 'application/json');
  put('input.value', isHidden ? REDACTED : jsonText(whole));
}

function toolSchemas(put: Put, tools: readonly ToolSchema[], { strict, team }: ModelTelling): void {
  for (const [index, tool] of tools.entries()) {
    if (strict && team.has(tool.name)) continue;
    put(`llm.tools.${index}.tool.json_schema`, jsonText({ type: 'function', function: tool }));
  }
}

/** Message content in the words of the GenAI conventions; it repeats what the OpenInference keys hold. */
function genAiContent(put: Put, { request }: ModelWork, reply: ModelReply | undefined): void {
  const parts = (content: string | readonly unknown[]) =>
    typeof content === 'string' ? [{ type: 'text', content }] : content.map(genAiPart);
  const told = request.messages.map(({ role, content }) => ({
    role: GEN_AI_ROLES[role] ?? role,
    parts: parts(content),
  }));
  put('gen_ai.input.messages', jsonText(told));
  if (request.tools?.length)
    put('gen_ai.tool.definitions', jsonText(request.tools.map((tool) => ({ type: 'function', ...tool }))));
  if (!reply) return;
  const { content, toolCalls, finishReason } = reply;
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({ type: 'tool_call', id, name, arguments: args }));
  const said = [...(content === null ? [] : [{ type: 'text', content }]), ...calls];
  put('gen_ai.output.messages', jsonText([{ role: 'assistant', parts: said, finish_reason: finishReason ?? null }]));
}

const GEN_AI_ROLES: Readonly<Partial<Record<string, string>>> = { 'tool-call': 'assistant', 'tool-response': 'tool' };

function genAiPart(part: unknown): unknown {
  const isText = typeof part === 'object' && part !== null && 'text' in part;
  return isText ? { type: 'text', content: part.text } : { type: 'image' };
}
