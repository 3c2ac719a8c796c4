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

type Flag = Exclude<keyof MaskingOptions, 'base64ImageMaxLength'>;

/** The options in force. */
export interface Masking {
  /** The flags that are set. */
  hidden: ReadonlySet<Flag>;
  /** Keys that are left out, and keys whose value is. */
  dropped: readonly RegExp[];
  redacted: readonly RegExp[];
  base64ImageMaxLength: number;
}

/** What each flag leaves out: keys as a whole, or their values. The rules and their results are those of OpenInference. */
const RULES: Readonly<Record<Flag, { drops?: RegExp; redacts?: RegExp }>> = {
  hideInputs: {
    drops:
      /^(?:input\.(?:mime_type|images)|llm\.(?:tools|input_messages)|reranker\.input|gen_ai\.(?:input|tool\.(?:definitions|call\.arguments)))/,
    // the last two hold what `input.value` holds; OpenInference leaves them
    redacts: /^(?:input\.value|llm\.prompts.*|reranker\.query|smolagents\.(?:task|additional_args))$/,
  },
  hideOutputs: {
    drops: /^(?:output\.mime_type|llm\.output_messages|reranker\.output|gen_ai\.(?:output|tool\.call\.result))/,
    redacts: /^(?:output\.value|llm\.choices.*|retrieval\.documents\..*\.document\.(?:content|metadata))$/,
  },
  hideInputMessages: { drops: /^(?:llm\.input_messages|gen_ai\.input)/ },
  hideOutputMessages: { drops: /^(?:llm\.output_messages|gen_ai\.output)/ },
  hideInputText: { drops: /^gen_ai\.input/, redacts: /^llm\.input_messages.*(?:message\.content|\.text)$/ },
  hideOutputText: { drops: /^gen_ai\.output/, redacts: /^llm\.output_messages.*(?:message\.content|\.text)$/ },
  hideInputImages: { drops: /^(?:llm\.input_messages.*image\.url$|input\.images|gen_ai\.input)/ },
  hideLlmInvocationParameters: { drops: /^llm\.invocation_parameters$/ },
  hideLlmTools: { drops: /^(?:llm\.tools|gen_ai\.tool\.definitions)/ },
  hidePrompts: { redacts: /^llm\.prompts/ },
  hideChoices: { redacts: /^llm\.choices/ },
  hideEmbeddingsVectors: { redacts: /^embedding\.embeddings.*\.vector$/ },
  hideEmbeddingsText: { redacts: /^embedding\.embeddings.*\.text$/ },
  hideRetrievalDocuments: { redacts: /^retrieval\.documents\..*\.document\.(?:content|metadata)$/ },
};
const BASE64_IMAGE_MAX_LENGTH = 32_000;

const FLAGS = Object.keys(RULES) as Flag[]; // no other keys than the type's

export const MASKING_OPTIONS: readonly string[] = [...FLAGS, 'base64ImageMaxLength'];

/** The options with the environment and the defaults filled in. Throws `AgentConfigurationError` for a wrong value. */
export function maskingOf(owner: string, options: MaskingOptions): Masking {
  const limit = options.base64ImageMaxLength ?? numberFrom('BASE64_IMAGE_MAX_LENGTH') ?? BASE64_IMAGE_MAX_LENGTH;
  requireWholeNumber(owner, 'base64ImageMaxLength', limit, 0);
  const isOn = (flag: Flag): boolean => {
    const value = options[flag];
    if (value !== undefined && typeof value !== 'boolean')
      throw new AgentConfigurationError(`${owner}: ${flag} is ${String(value)}, must be true or false`);
    return value ?? environment(flag.replace(/[A-Z]/g, '_$&').toUpperCase())?.toLowerCase() === 'true';
  };
  const hidden = new Set(FLAGS.filter(isOn));
  const rules = [...hidden].map((flag) => RULES[flag]);
  return {
    hidden,
    dropped: rules.flatMap(({ drops }) => drops ?? []),
    redacted: rules.flatMap(({ redacts }) => redacts ?? []),
    base64ImageMaxLength: limit,
  };
}

function environment(name: string): string | undefined {
  return runtime.environment(`OPENINFERENCE_${name}`);
}

function numberFrom(name: string): number | undefined {
  const value = Number(environment(name) ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What `value` becomes under its key; undefined where it is left out. */
export function mask(key: string, value: AttributeValue, masking: Masking): AttributeValue | undefined {
  const isIn = (rules: readonly RegExp[]) => rules.length > 0 && rules.some((rule) => rule.test(key));
  if (isIn(masking.dropped)) return undefined;
  if (isIn(masking.redacted)) return REDACTED;
  const isLong = typeof value === 'string' && value.length > masking.base64ImageMaxLength;
  return isLong && key.endsWith('image.url') && /^data:image\/[^,]*base64/i.test(value) ? REDACTED : value;
}
