import { runtime } from '#runtime';
import { refuseSetting, requireWholeNumber } from '../../web/options';

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

export type MaskingFlag = Exclude<keyof MaskingOptions, 'base64ImageMaxLength'>;

/** What is asked to be left out, once the options are checked. */
export interface MaskingWish {
  /** The flags that are set. */
  hidden: ReadonlySet<MaskingFlag>;
  base64ImageMaxLength: number;
}

const BASE64_IMAGE_MAX_LENGTH = 32_000;

const FLAGS: readonly MaskingFlag[] = [
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
];

export const MASKING_OPTIONS: readonly string[] = [...FLAGS, 'base64ImageMaxLength'];

/** The options with the environment and the defaults filled in. Throws `AgentConfigurationError` for a wrong value. */
export function maskingWish(owner: string, options: MaskingOptions): MaskingWish {
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
  return { hidden: new Set(flags), base64ImageMaxLength };
}

function environment(name: string): string | undefined {
  return runtime.environment(`OPENINFERENCE_${name}`);
}
