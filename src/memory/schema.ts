import { AgentConfigurationError, type ErrorKind } from '../errors';
import { fromJson, type Json, toJson } from '../executors/codec';
import { show } from '../executors/show';
import { thrownWords } from '../executors/thrown';
import { isRecord } from '../web/record';
import { anything, beginning, count, list, number, object, oneOf, type Shape, text, variant } from './shape';
import type { MemoryStep } from './step';

// a record, so that the type checker misses none
const ERROR_KINDS: Readonly<Record<ErrorKind, true>> = {
  rate_limited: true,
  server_error: true,
  timeout: true,
  network: true,
  stream_cut: true,
  auth: true,
  bad_request: true,
  not_found: true,
  context_overflow: true,
  bad_response: true,
  content_filter: true,
  too_large: true,
  repeat_limit: true,
  aborted: true,
  budget: true,
  waiting: true,
};

const image = object({ type: oneOf('image'), url: beginning('data:', 'https:', 'http:') });
/** Tokens, as saved. */
export const usageShape: Shape = object(
  { inputTokens: count, outputTokens: count },
  { cachedTokens: count, reasoningTokens: count },
);
const timing = object({ startMs: number, endMs: number });
/** `ErrorCode` and `ErrorKind`. */
export const codeShape: Shape = oneOf(
  'parsing',
  'tool_call',
  'tool_execution',
  'execution',
  'agent',
  'generation',
  'max_steps',
);
export const kindShape: Shape = oneOf(...Object.keys(ERROR_KINDS));
/** An error, as saved. */
export const errorShape: Shape = object(
  {
    type: text,
    code: codeShape,
    message: text,
  },
  { kind: kindShape },
);
/** A call, as saved. */
export const toolCallShape: Shape = object({ id: text, name: text, arguments: anything });
const toolResult = object({ id: text, text }, { output: anything, error: errorShape });

/** One step as saved; see `step.ts` for what the keys mean. */
export const stepShape: Shape = variant('type', {
  task: object({ type: text, task: text }, { images: list(image) }),
  planning: object({ type: text, plan: text, timing }, { usage: usageShape }),
  action: object(
    { type: text, number: count, text, toolCalls: list(toolCallShape), timing },
    {
      reasoning: text,
      toolResults: list(toolResult),
      code: text,
      observations: text,
      notes: list(text),
      repeats: count,
      foundAddresses: list(text),
      observationImages: list(image),
      output: anything,
      error: errorShape,
      usage: usageShape,
      managedUsage: usageShape,
      finishReason: text,
      finalAnswer: anything,
    },
  ),
});

const memoryShape = object({ kind: oneOf('memory/1'), systemPrompt: text, steps: list(stepShape) });

/** Memory as JSON values. Values of tools and answers that JSON has not are tagged. */
export function writeMemory(systemPrompt: string, steps: readonly MemoryStep[]): Record<string, unknown> {
  return { kind: 'memory/1', systemPrompt, steps: steps.map((step) => mapValues(step, savedValue)) };
}

/** Reads what `writeMemory` gave; throws an `AgentConfigurationError` naming what does not fit. */
export function readMemory(json: unknown): { systemPrompt: string; steps: MemoryStep[] } {
  memoryShape(json, 'memory');
  const { systemPrompt, steps } = json as { systemPrompt: string; steps: MemoryStep[] };
  return {
    systemPrompt,
    steps: steps.map((step, index) => mapValues(step, (value) => readValue(value, `memory.steps[${index}]`))),
  };
}

/** The step with `map` applied to each value that a tool, the code or the model's answer made. */
function mapValues(step: MemoryStep, map: (value: unknown) => unknown): MemoryStep {
  if (step.type !== 'action') return step;
  const mapped = { ...step };
  if ('output' in step) mapped.output = map(step.output);
  if ('finalAnswer' in step) mapped.finalAnswer = map(step.finalAnswer);
  if (step.toolResults) {
    mapped.toolResults = step.toolResults.map((result) =>
      isRecord(result) && 'output' in result ? { ...result, output: map(result.output) } : result,
    );
  }
  return mapped;
}

/** As text where a getter throws: what ran is not lost for one value of a tool's. */
function savedValue(value: unknown): Json {
  try {
    return toJson(value);
  } catch {
    return show(value);
  }
}

/** The value that `toJson` wrote. Throws an `AgentConfigurationError` that names the place for anything else. */
export function readValue(json: unknown, place: string): unknown {
  try {
    return fromJson(json);
  } catch (cause) {
    throw new AgentConfigurationError(`${place} holds a value that cannot be read: ${thrownWords(cause).message}`);
  }
}
