import type { AttributeValue } from '@opentelemetry/api';
import { runtime } from '#runtime';
import { refuseSetting, requireWholeNumber } from '../web/options';
import { REDACTED } from './redacted';

/**
 * What traces must not tell, under the names of OpenInference. What is left out here is read from the environment
 * (`OPENINFERENCE_HIDE_INPUTS` and so on, `true` or `false`), and is false without.
 */
export interface MaskingOptions {
  /** `input.value` and what the model was told, tools included. */
  hideInputs?: boolean;
  /** `output.value` and what the model said. */
  hideOutputs?: boolean;
  hideInputMessages?: boolean;
  hideOutputMessages?: boolean;
  /** Texts of messages; roles and kinds stay. */
  hideInputText?: boolean;
  hideOutputText?: boolean;
  hideInputImages?: boolean;
  hideLlmInvocationParameters?: boolean;
  hideLlmTools?: boolean;
  hidePrompts?: boolean;
  hideChoices?: boolean;
  hideEmbeddingsVectors?: boolean;
  hideEmbeddingsText?: boolean;
  hideRetrievalDocuments?: boolean;
  /** Longer `data:` addresses of images are redacted; in characters, default 32,000. */
  base64ImageMaxLength?: number;
}

type Flag = Exclude<keyof MaskingOptions, 'base64ImageMaxLength'>;

/** The options in force. */
export interface Masking {
  /** The flags that are set. */
  hidden: ReadonlySet<Flag>;
  /** Keys that are left out, and keys whose value is. */
  dropped: RegExp | undefined;
  redacted: RegExp | undefined;
  base64ImageMaxLength: number;
}

/**
 * What each flag leaves out: beginnings of keys, and of keys whose value alone is left out. The rules and their results are
 * those of OpenInference, but for `smolagents.` keys and `url.full`, which hold what `input.value` holds; it leaves them.
 */
const RULES: Readonly<Record<Flag, readonly [drops: string, redacts?: string]>> = {
  hideInputs: [
    'input.(mime_type|images)|llm.(tools|input_messages)|reranker.input|gen_ai.(input|tool.(definitions|call.arguments))',
    'input.value$|llm.prompts|reranker.query$|smolagents.(task|additional_args)$|url.full$',
  ],
  hideOutputs: [
    'output.mime_type|llm.output_messages|reranker.output|gen_ai.(output|tool.call.result)',
    'output.value$|llm.choices|retrieval.documents..*.document.(content|metadata)$',
  ],
  hideInputMessages: ['llm.input_messages|gen_ai.input'],
  hideOutputMessages: ['llm.output_messages|gen_ai.output'],
  hideInputText: ['gen_ai.input', 'llm.input_messages.*(message.content|.text)$'],
  hideOutputText: ['gen_ai.output', 'llm.output_messages.*(message.content|.text)$'],
  hideInputImages: ['llm.input_messages.*image.url$|input.images|gen_ai.input'],
  hideLlmInvocationParameters: ['llm.invocation_parameters$'],
  hideLlmTools: ['llm.tools|gen_ai.tool.definitions'],
  hidePrompts: ['', 'llm.prompts'],
  hideChoices: ['', 'llm.choices'],
  hideEmbeddingsVectors: ['', 'embedding.embeddings.*.vector$'],
  hideEmbeddingsText: ['', 'embedding.embeddings.*.text$'],
  hideRetrievalDocuments: ['', 'retrieval.documents..*.document.(content|metadata)$'],
};
const BASE64_IMAGE_MAX_LENGTH = 32_000;

const FLAGS = Object.keys(RULES) as Flag[]; // no other keys than the type's

export const MASKING_OPTIONS: readonly string[] = [...FLAGS, 'base64ImageMaxLength'];

/** The options with the environment and the defaults filled in. Throws `AgentConfigurationError` for a wrong value. */
export function maskingOf(owner: string, options: MaskingOptions): Masking {
  const ofEnvironment = Number(environment('BASE64_IMAGE_MAX_LENGTH') ?? Number.NaN);
  const isUsable = Number.isSafeInteger(ofEnvironment) && ofEnvironment >= 0;
  const { base64ImageMaxLength = isUsable ? ofEnvironment : BASE64_IMAGE_MAX_LENGTH } = options;
  requireWholeNumber(owner, 'base64ImageMaxLength', base64ImageMaxLength, 0);
  const flags = FLAGS.filter((flag) => {
    const fromEnvironment = environment(flag.replace(/[A-Z]/g, '_$&').toUpperCase())?.toLowerCase() === 'true';
    const { [flag]: value = fromEnvironment } = options;
    if (typeof value !== 'boolean') refuseSetting(owner, flag, value, 'true or false');
    return value;
  });
  const rules = flags.map((flag) => RULES[flag]);
  return {
    hidden: new Set(flags),
    dropped: anyOf(rules.map(([drops]) => drops)),
    redacted: anyOf(rules.map(([, redacts]) => redacts)),
    base64ImageMaxLength,
  };
}

function environment(name: string): string | undefined {
  return runtime.environment(`OPENINFERENCE_${name}`);
}

/** One expression for beginnings of keys, in which a dot before a letter is meant as it is. */
function anyOf(sources: readonly (string | undefined)[]): RegExp | undefined {
  const given = sources.filter(Boolean).join('|');
  return given ? new RegExp(`^(?:${given.replace(/\.(?!\*)/g, '\\.')})`) : undefined;
}

/** What `value` becomes under its key; undefined where it is left out. */
export function mask(key: string, value: AttributeValue, masking: Masking): AttributeValue | undefined {
  if (masking.dropped?.test(key)) return undefined;
  if (masking.redacted?.test(key)) return REDACTED;
  const isLong = typeof value === 'string' && value.length > masking.base64ImageMaxLength;
  return isLong && key.endsWith('image.url') && /^data:image\/[^,]*base64/i.test(value) ? REDACTED : value;
}
