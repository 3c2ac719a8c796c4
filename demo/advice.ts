import { AgentError } from 'smolagents-web';

/** Where the model was asked, so that advice can name it. */
export interface AskedPlace {
  /** Undefined: Hugging Face. */
  endpoint: string | undefined;
  model: string;
  keyFrom: string | undefined;
}

/** What went wrong in a run, and what to do next, for a person. */
export function advice(error: unknown, place: AskedPlace): string {
  if (!(error instanceof AgentError)) return `It failed: ${messageOf(error)}`;
  return [error.message, nextStep(error, place)].filter((line) => line).join('\n');
}

function nextStep({ kind }: AgentError, { endpoint, model, keyFrom }: AskedPlace): string {
  const server = endpoint ?? 'Hugging Face';
  switch (kind) {
    case 'auth':
      if (!endpoint)
        return 'Hugging Face refused the token. Make one that may call Inference Providers (huggingface.co, Settings, Access Tokens) and set HF_TOKEN to it.';
      return keyFrom
        ? `${server} refused the key in ${keyFrom}. Check that variable.`
        : `${server} wants a key. Put it in an environment variable and add --key-from NAME.`;
    case 'not_found':
      return `${server} does not know the model "${model}", or --endpoint is not its base address (most end in /v1). ${endpoint ? `${endpoint}/models lists what it has.` : ''}`;
    case 'network':
    case 'timeout':
      return endpoint
        ? `No answer from ${server}. Is the server running, and is the address right? Without --endpoint and HF_TOKEN a recording is shown.`
        : 'No answer from Hugging Face. Is this machine online? Without HF_TOKEN a recording is shown.';
    case 'rate_limited':
      return `${server} is busy or the quota is used up. Try again later.`;
    case 'context_overflow':
      return `The run grew longer than "${model}" can read. Give the server a larger context, or ask a smaller question.`;
    default:
      return '';
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
