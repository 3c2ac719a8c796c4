import type { Outcome, RunWork, Work } from '../../agents/scope';
import type { Masking } from '../masking/masking';
import { REDACTED } from '../masking/redacted';
import type { Put } from './attribute-writer';
import { type ModelTelling, modelEnd } from './model-attributes';
import { type RunTelling, runOutput, runStart, runTeam, runTokens } from './run-attributes';
import { stepEnd, stepStart, toolEnd, toolStart } from './step-attributes';

/** All that decides how work is told. */
export type EndTelling = ModelTelling & RunTelling;

const KINDS: Readonly<Record<Work['type'], string>> = {
  run: 'AGENT',
  step: 'CHAIN',
  model: 'LLM',
  tool: 'TOOL',
  span: 'CHAIN',
  request: 'CHAIN',
};

/** What is written when work begins. */
export function putStart(put: Put, work: Work, telling: EndTelling): void {
  put('openinference.span.kind', KINDS[work.type]);
  if (work.type === 'run') runStart(put, work, telling);
  if (work.type === 'step') stepStart(put, work.number);
  if (work.type === 'tool') toolStart(put, work, telling.strict, telling.genAiContent);
  if (work.type === 'request') requestStart(put, work.method, work.url);
}

/** What is written when it is over, however it ended. */
export function putEnd(put: Put, work: Work, outcome: Outcome | undefined, telling: EndTelling): void {
  const failed = outcome?.type === 'failure' || !outcome;
  if (failed && !telling.strict) put('error.type', outcome ? errorType(outcome.error) : 'aborted');
  if (work.type === 'model') modelEnd(put, work, outcome?.type === 'reply' ? outcome.reply : undefined, telling);
  if (work.type === 'run') runEnd(put, work, outcome, telling);
  if (work.type === 'step' && (outcome?.type === 'step' || outcome?.type === 'failure') && outcome.step)
    stepEnd(put, outcome.step, failed, telling.strict);
  if (work.type === 'tool' && outcome?.type === 'output')
    toolEnd(put, work, outcome.output, telling.strict, telling.genAiContent);
  if (outcome?.type === 'response') {
    put('http.response.status_code', outcome.status);
    if (outcome.status >= 400) put('error.type', String(outcome.status));
  }
}

function runEnd(put: Put, work: RunWork, outcome: Outcome | undefined, telling: EndTelling): void {
  if (outcome?.type === 'answer') runOutput(put, outcome.output, telling);
  if (outcome?.type === 'stopped' && !telling.strict) put('smolagents.run_state', outcome.state);
  if (outcome && 'tokens' in outcome && outcome.tokens) runTokens(put, outcome.tokens, telling);
  runTeam(put, work);
}

/** An address without user, query and fragment, which may hold keys. */
function requestStart(put: Put, method: string, url: string): void {
  put('http.request.method', method);
  if (!URL.canParse(url)) {
    put('url.full', url.replace(/[?#].*$/s, '')); // of the page's own origin
    return;
  }
  const { protocol, hostname, port, host, pathname } = new URL(url);
  put('server.address', hostname);
  put('server.port', port ? Number(port) : undefined);
  put('url.full', protocol === 'data:' || protocol === 'blob:' ? protocol : `${protocol}//${host}${pathname}`);
}

/** How a failure is told. */
export interface Failure {
  /** Of the span's status. */
  status: string;
  type: string;
  message: string;
  stack: string;
  /** Whether there is an error to be told as an event. */
  recorded: boolean;
}

/** The failure of an outcome; undefined where there is none. */
export function failureOf(
  outcome: Outcome | undefined,
  { strict, masking }: { strict: boolean; masking: Masking },
): Failure | undefined {
  const plain = (status: string) => ({ status, type: '', message: '', stack: '', recorded: false });
  if (!outcome) return plain('cut short');
  if (outcome.type === 'response' && outcome.status >= 400) return plain(`HTTP ${outcome.status}`);
  if (outcome.type !== 'failure') return undefined;
  const { error } = outcome;
  const type = errorType(error);
  // the text of an error may hold inputs and outputs; OpenInference leaves it
  const isHidden = !strict && (masking.hidden.has('hideInputs') || masking.hidden.has('hideOutputs'));
  const { message, stack = '' } = error instanceof Error ? error : { message: String(error) };
  const shown = isHidden ? REDACTED : message;
  return { status: `${type}: ${shown}`, type, message: shown, stack: isHidden ? REDACTED : stack, recorded: true };
}

/** A class name that minifiers cannot change: errors of the SDK and of the platform carry it as `name`. */
function errorType(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
