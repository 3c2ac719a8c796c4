import type { AttributeValue } from '@opentelemetry/api';
import { runtime } from '#runtime';
import { AgentConfigurationError } from '../errors';
import { requireWholeNumber } from '../web/options';

/** What stands for a hidden value; OpenInference's own word. */
export const REDACTED = '__REDACTED__';

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

/** The same, whole. */
export type Masking = Readonly<Required<MaskingOptions> & { hidesAnything: boolean }>;

const FLAGS = [
  'hideInputs',
  'hideOutputs',
  'hideInputMessages',
  'hideOutputMessages',
  'hideInputText',
  'hideOutputText',
  'hideInputImages',
  'hideLlmInvocationParameters',
  'hideLlmTools',
  'hidePrompts',
  'hideChoices',
  'hideEmbeddingsVectors',
  'hideEmbeddingsText',
  'hideRetrievalDocuments',
] as const satisfies readonly (keyof MaskingOptions)[];
const BASE64_IMAGE_MAX_LENGTH = 32_000;

export const MASKING_OPTIONS: readonly (keyof MaskingOptions)[] = [...FLAGS, 'base64ImageMaxLength'];

/** The options with the environment and the defaults filled in. Throws `AgentConfigurationError` for a wrong value. */
export function maskingOf(owner: string, options: MaskingOptions): Masking {
  const limit = options.base64ImageMaxLength ?? numberFrom('BASE64_IMAGE_MAX_LENGTH') ?? BASE64_IMAGE_MAX_LENGTH;
  requireWholeNumber(owner, 'base64ImageMaxLength', limit, 0);
  const masking: Record<(typeof FLAGS)[number], boolean> & { base64ImageMaxLength: number } = {
    ...NOTHING_HIDDEN,
    base64ImageMaxLength: limit,
  };
  for (const flag of FLAGS) {
    const value = options[flag];
    if (value !== undefined && typeof value !== 'boolean')
      throw new AgentConfigurationError(`${owner}: ${flag} is ${String(value)}, must be true or false`);
    masking[flag] = value ?? environment(flag.replace(/[A-Z]/g, '_$&').toUpperCase())?.toLowerCase() === 'true';
  }
  return { ...masking, hidesAnything: FLAGS.some((flag) => masking[flag]) };
}

const NOTHING_HIDDEN = {
  hideInputs: false,
  hideOutputs: false,
  hideInputMessages: false,
  hideOutputMessages: false,
  hideInputText: false,
  hideOutputText: false,
  hideInputImages: false,
  hideLlmInvocationParameters: false,
  hideLlmTools: false,
  hidePrompts: false,
  hideChoices: false,
  hideEmbeddingsVectors: false,
  hideEmbeddingsText: false,
  hideRetrievalDocuments: false,
};

function environment(name: string): string | undefined {
  return runtime.environment(`OPENINFERENCE_${name}`);
}

function numberFrom(name: string): number | undefined {
  const value = Number(environment(name) ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What `value` becomes under its key; undefined where it is left out. */
export function mask(key: string, value: AttributeValue, masking: Masking): AttributeValue | undefined {
  if (masking.hidesAnything) {
    if (isDropped(key, masking)) return undefined;
    if (isRedacted(key, masking)) return REDACTED;
  }
  const isLong = typeof value === 'string' && value.length > masking.base64ImageMaxLength;
  return isLong && key.endsWith('image.url') && /^data:image\/[^,]*base64/i.test(value) ? REDACTED : value;
}

function isDropped(key: string, masking: Masking): boolean {
  const { hideInputs, hideOutputs } = masking;
  if (key === 'llm.invocation_parameters') return masking.hideLlmInvocationParameters;
  if (key.startsWith('llm.tools') || key === 'gen_ai.tool.definitions') return hideInputs || masking.hideLlmTools;
  if (key === 'input.mime_type' || key.startsWith('reranker.input_documents')) return hideInputs;
  if (key === 'output.mime_type' || key.startsWith('reranker.output_documents')) return hideOutputs;
  if (key.startsWith('llm.input_messages'))
    return hideInputs || masking.hideInputMessages || (masking.hideInputImages && key.endsWith('image.url'));
  if (key.startsWith('llm.output_messages')) return hideOutputs || masking.hideOutputMessages;
  if (key.startsWith('input.images')) return hideInputs || masking.hideInputImages;
  if (key === 'gen_ai.input.messages' || key === 'gen_ai.system_instructions')
    return hideInputs || masking.hideInputMessages || masking.hideInputText || masking.hideInputImages;
  if (key === 'gen_ai.output.messages') return hideOutputs || masking.hideOutputMessages || masking.hideOutputText;
  if (key === 'gen_ai.tool.call.arguments') return hideInputs;
  return key === 'gen_ai.tool.call.result' && hideOutputs;
}

function isRedacted(key: string, masking: Masking): boolean {
  const { hideInputs, hideOutputs } = masking;
  if (INPUTS.has(key)) return hideInputs;
  if (key === 'output.value') return hideOutputs;
  const isText = key.endsWith('message.content') || key.endsWith('message_content.text');
  if (isText && key.startsWith('llm.input_messages')) return masking.hideInputText;
  if (isText && key.startsWith('llm.output_messages')) return masking.hideOutputText;
  if (key.startsWith('llm.prompts')) return hideInputs || masking.hidePrompts;
  if (key.startsWith('llm.choices')) return hideOutputs || masking.hideChoices;
  if (/^retrieval\.documents\..*\.document\.(content|metadata)$/.test(key))
    return hideOutputs || masking.hideRetrievalDocuments;
  if (!key.startsWith('embedding.embeddings')) return false;
  return key.endsWith('embedding.vector') ? masking.hideEmbeddingsVectors : masking.hideEmbeddingsText;
}

/** The last two hold what `input.value` holds; OpenInference leaves them. */
const INPUTS = new Set(['input.value', 'reranker.query', 'smolagents.task', 'smolagents.additional_args']);
