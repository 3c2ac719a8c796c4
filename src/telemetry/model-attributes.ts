import type { Work } from '../agents/scope';
import { addUsage, NO_TOKENS } from '../memory/usage';
import type { ModelReply, TokenUsage, ToolSchema } from '../models/model';
import type { Entry } from './attribute-writer';
import { modelFacts } from './invocation-parameters';
import { jsonText, plainText } from './json-text';
import type { Masking } from './masking';
import { inputMessages, outputMessage } from './message-attributes';
import { providerOf, systemOf } from './providers';
import { REDACTED } from './redacted';

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
export function* modelEnd(work: ModelWork, reply: ModelReply | undefined, telling: ModelTelling): Generator<Entry> {
  const { request, model } = work;
  const { address, parameters } = modelFacts(model);
  const known = reply || !telling.strict; // smolagents' instrumentor tells less of a call that failed
  if (known) yield* whoAnswered(work, address);
  if (reply) yield* usage(reply.usage, telling.strict);
  if (!telling.strict) yield* genAi(work, reply, address);
  if (reply) yield* wholeOutput(reply, telling);
  yield* wholeInput(work, telling);
  yield ['llm.invocation_parameters', jsonText(parameters)];
  if (!telling.strict && telling.genAiContent) yield* genAiContent(work, reply);
  if (reply) yield* outputMessage(reply, request.stream);
  if (known) yield* toolSchemas(request.tools ?? [], telling);
  yield* inputMessages(request.messages);
}

function* whoAnswered({ modelClass, modelId }: ModelWork, address: unknown): Generator<Entry> {
  yield ['llm.model_name', modelId];
  yield ['llm.provider', providerOf(modelClass, address)];
  yield ['llm.system', systemOf(modelId)];
}

/** Strict counts an unknown usage as 0, as smolagents does. */
function* usage(given: TokenUsage | undefined, strict: boolean): Generator<Entry> {
  const tokens = given ?? (strict ? NO_TOKENS : undefined);
  if (!tokens) return;
  yield* tokenCounts('llm.token_count', tokens);
  if (strict) return;
  yield ['llm.token_count.prompt_details.cache_read', tokens.cachedTokens];
  yield ['llm.token_count.completion_details.reasoning', tokens.reasoningTokens];
}

/** The three counts of a usage under a key. */
export function* tokenCounts(key: string, { inputTokens, outputTokens }: TokenUsage): Generator<Entry> {
  yield [`${key}.prompt`, inputTokens];
  yield [`${key}.completion`, outputTokens];
  yield [`${key}.total`, inputTokens + outputTokens];
}

/** The sum of several usages, in `gen_ai` words. */
export function* genAiUsage(...usages: readonly (TokenUsage | undefined)[]): Generator<Entry> {
  if (usages.every((each) => each === undefined)) return;
  const sum = usages.reduce<TokenUsage>(addUsage, NO_TOKENS);
  yield ['gen_ai.usage.input_tokens', sum.inputTokens];
  yield ['gen_ai.usage.output_tokens', sum.outputTokens];
}

function* genAi({ modelClass, modelId }: ModelWork, reply: ModelReply | undefined, address: unknown): Generator<Entry> {
  yield ['gen_ai.operation.name', 'chat'];
  yield ['gen_ai.provider.name', providerOf(modelClass, address)];
  yield ['gen_ai.request.model', modelId];
  if (!reply) return;
  yield ['gen_ai.response.model', reply.model];
  yield ['gen_ai.response.id', reply.id];
  yield ['gen_ai.response.finish_reasons', reply.finishReason ? [reply.finishReason] : undefined];
  yield* genAiUsage(reply.usage);
}

function* wholeOutput({ content, toolCalls, usage: tokens }: ModelReply, telling: ModelTelling): Generator<Entry> {
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
  yield ['output.mime_type', 'application/json'];
  yield ['output.value', isHidden ? REDACTED : jsonText(whole)];
}

function* wholeInput({ request }: ModelWork, { strict, masking }: ModelTelling): Generator<Entry> {
  const isHidden = !strict && (masking.hidden.has('hideInputMessages') || masking.hidden.has('hideInputText'));
  const tools = request.tools?.map(({ name }) => name);
  const whole = {
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    stop_sequences: request.stop ?? null,
    response_format: request.responseFormat ?? null,
    tools_to_call_from: tools?.length && !masking.hidden.has('hideLlmTools') ? tools : null,
    kwargs: {},
  };
  yield ['input.mime_type', 'application/json'];
  yield ['input.value', isHidden ? REDACTED : jsonText(whole)];
}

function* toolSchemas(tools: readonly ToolSchema[], { strict, team }: ModelTelling): Generator<Entry> {
  for (const [index, tool] of tools.entries()) {
    if (strict && team.has(tool.name)) continue;
    yield [`llm.tools.${index}.tool.json_schema`, jsonText({ type: 'function', function: tool })];
  }
}

/** Message content in the words of the GenAI conventions; it repeats what the OpenInference keys hold. */
function* genAiContent({ request }: ModelWork, reply: ModelReply | undefined): Generator<Entry> {
  const parts = (content: string | readonly unknown[]) =>
    typeof content === 'string' ? [{ type: 'text', content }] : content.map(genAiPart);
  const told = request.messages.map(({ role, content }) => ({
    role: GEN_AI_ROLES[role] ?? role,
    parts: parts(content),
  }));
  yield ['gen_ai.input.messages', jsonText(told)];
  if (request.tools?.length)
    yield ['gen_ai.tool.definitions', jsonText(request.tools.map((tool) => ({ type: 'function', ...tool })))];
  if (!reply) return;
  const { content, toolCalls, finishReason } = reply;
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({ type: 'tool_call', id, name, arguments: args }));
  const said = [...(content === null ? [] : [{ type: 'text', content }]), ...calls];
  yield ['gen_ai.output.messages', jsonText([{ role: 'assistant', parts: said, finish_reason: finishReason ?? null }])];
}

const GEN_AI_ROLES: Readonly<Partial<Record<string, string>>> = { 'tool-call': 'assistant', 'tool-response': 'tool' };

function genAiPart(part: unknown): unknown {
  const isText = typeof part === 'object' && part !== null && 'text' in part;
  return isText ? { type: 'text', content: part.text } : { type: 'image' };
}
