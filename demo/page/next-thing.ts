import { AgentConfigurationError, AgentError } from 'smolagents-web';
import type { Choices, SourceName } from './choices';

/** What went wrong, and the one thing to do about it. */
export interface Problem {
  what: string;
  next: string;
}

/** Tells what ended a run. Asks the model's address once more where the browser does not say why it could not be read. */
export async function problemOf(error: unknown, choices: Choices): Promise<Problem> {
  const what = error instanceof Error ? error.message : String(error);
  return { what, next: await nextThing(error, what, choices) };
}

async function nextThing(error: unknown, what: string, choices: Choices): Promise<string> {
  const kind = error instanceof AgentError ? error.kind : undefined;
  const where = placeOf(choices);
  switch (kind) {
    case 'auth':
      if (choices.source === 'worker')
        return 'This server wants its token (it goes under “The model of this server”), or has no model that it may ask. Start it with HF_TOKEN, or with MODEL_ENDPOINT and MODEL_ID.';
      return choices.key
        ? `${where} refused the key. Paste another one, and press Run again.`
        : `${where} wants a key. ${choices.source === 'huggingface' ? 'Sign in, or paste a token that may call Inference Providers.' : 'Paste it above.'}`;
    case 'network':
      return unreachable(choices);
    case 'timeout':
      return `${where} took too long to answer. It may be loading the model, or answering others: wait a little, and press Run again.`;
    case 'stream_cut':
      return `The connection to ${where} broke off in the middle of a reply. Look at what the server says there, and press Run again.`;
    case 'bad_response':
      return `${where} answers, but not as chat completions do. Most base addresses end in /v1. Check the address.`;
    case 'rate_limited':
      return `${where} is busy, or the quota is used up. Wait a minute and press Run again, or choose another model.`;
    case 'not_found':
      if (choices.source === 'worker')
        return 'This server has no such run: it keeps runs for a day, and traces as long. The recorded run is in the first tab.';
      if (choices.source === 'recording')
        return 'The recording has no words for this. Choose another model above, and continue from there.';
      if (choices.source === 'browser')
        return 'This browser has no model of its own for this page, or not any more. Choose another model above.';
      if (choices.source === 'huggingface')
        return `Hugging Face does not know the model “${choices.modelId}”, or nobody serves it there. Choose another model name.`;
      return `${where} does not know the model “${choices.modelId}”, or the address is not its base (most end in /v1). Check both.`;
    case 'context_overflow':
      return 'The run grew longer than the model can read. Ask a smaller question, or give the server a larger context.';
    case 'bad_request':
      return /tool/i.test(what)
        ? `The model “${choices.modelId}” takes no tool calls. Choose the agent that writes code, under “Agent, tools and limits”.`
        : `${where} refused the request. Its words above say why.`;
    case 'budget':
      return 'The limits you set are used up. Raise them under “Agent, tools and limits”, or ask on.';
    case 'repeat_limit':
      return 'The model did the same again and again. Ask in other words, or choose a larger model.';
    case 'aborted':
      return 'It was stopped elsewhere. Go on with it from one of its steps, or press Run for another.';
    case undefined:
      if (error instanceof AgentConfigurationError) return 'A setting above cannot be. Change it, and press Run again.';
      return 'Press Run again; the row in red below, where there is one, holds what was asked and what came back.';
    default:
      return 'Look at the row in red below: it holds what was asked and what came back.';
  }
}

async function unreachable(choices: Choices): Promise<string> {
  const where = placeOf(choices);
  if (!navigator.onLine && !isLoopback(choices)) return 'This browser is offline. Connect it, and press Run again.';
  const address = addressOf(choices);
  if (address && (await answersAtAll(address)))
    return `${where} answers, but lets no page of ${location.origin} read it (CORS). Start it with this origin allowed; llama.cpp does so by itself, Ollama with OLLAMA_ORIGINS=${location.origin}.`;
  const advice: Readonly<Record<SourceName, string>> = {
    recording: 'Load the page again.',
    browser: 'Press Run again, or choose another model.',
    huggingface: 'Look whether huggingface.co opens in this browser and nothing blocks it, and press Run again.',
    worker: 'Is it still running?',
    endpoint: 'Is it running, and is the address right?',
  };
  return `${where} does not answer. ${advice[choices.source]}`;
}

/** Whether anything is there: such a request is answered without a permission, and its answer cannot be read. */
async function answersAtAll(address: string): Promise<boolean> {
  try {
    await fetch(address, { mode: 'no-cors', signal: AbortSignal.timeout(3_000) });
    return true;
  } catch {
    return false;
  }
}

function placeOf(choices: Choices): string {
  const names = {
    recording: 'The recording',
    huggingface: 'Hugging Face',
    worker: 'This server',
    browser: 'The browser',
  };
  return choices.source === 'endpoint' ? choices.endpoint : names[choices.source];
}

function addressOf({ source, endpoint }: Choices): string | undefined {
  if (source === 'endpoint') return endpoint;
  return source === 'worker' ? location.origin : undefined;
}

function isLoopback(choices: Choices): boolean {
  const address = addressOf(choices);
  if (address === undefined || !URL.canParse(address)) return false;
  return ['localhost', '127.0.0.1'].includes(new URL(address).hostname);
}
