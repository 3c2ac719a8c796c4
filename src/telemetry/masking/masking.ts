import type { AttributeValue } from '@opentelemetry/api';
import type { MaskingFlag, MaskingWish } from './masking-options';
import { REDACTED } from './redacted';

/** The rules in force. */
export interface Masking extends MaskingWish {
  /** Keys that are left out, and keys whose value is. */
  dropped: RegExp | undefined;
  redacted: RegExp | undefined;
}

/**
 * What each flag leaves out: beginnings of keys, and of keys whose value alone is left out. The rules and their results are
 * those of OpenInference, but for `smolagents.` keys and `url.full`, which hold what `input.value` holds; it leaves them.
 */
const RULES: Readonly<Record<MaskingFlag, readonly [drops: string, redacts?: string]>> = {
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

/** The rules of what is to be left out. */
export function maskingOf(wish: MaskingWish): Masking {
  const rules = [...wish.hidden].map((flag) => RULES[flag]);
  return {
    ...wish,
    dropped: anyOf(rules.map(([drops]) => drops)),
    redacted: anyOf(rules.map(([, redacts]) => redacts)),
  };
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
