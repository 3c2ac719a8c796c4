import type { Outcome, Work } from '../agents/scope';
import type { Entry } from './attribute-writer';
import type { Masking } from './masking';
import { REDACTED } from './masking';
import { type ModelTelling, modelEnd } from './model-attributes';
import { type RunTelling, runOutput, runStart, runTokens } from './run-attributes';
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
export function* startEntries(work: Work, telling: EndTelling): Generator<Entry> {
  yield ['openinference.span.kind', KINDS[work.type]];
  if (work.type === 'run') yield* runStart(work, telling);
  if (work.type === 'step') yield* stepStart(work.number);
  if (work.type === 'tool') yield* toolStart(work, telling.strict, telling.genAiContent);
  if (work.type === 'request') yield* requestStart(work.method, work.url);
}

/** What is written when it is over, however it ended. */
export function* endEntries(work: Work, outcome: Outcome | undefined, telling: EndTelling): Generator<Entry> {
  const failed = outcome?.type === 'failure' || !outcome;
  if (failed && !telling.strict) yield ['error.type', outcome ? errorType(outcome.error) : 'aborted'];
  if (work.type === 'model') yield* modelEnd(work, outcome?.type === 'reply' ? outcome.reply : undefined, telling);
  if (work.type === 'run') yield* runEnd(outcome, telling);
  if (work.type === 'step' && (outcome?.type === 'step' || outcome?.type === 'failure') && outcome.step)
    yield* stepEnd(outcome.step, failed, telling.strict);
  if (work.type === 'tool' && outcome?.type === 'output')
    yield* toolEnd(work, outcome.output, telling.strict, telling.genAiContent);
  if (outcome?.type === 'response') {
    yield ['http.response.status_code', outcome.status];
    if (outcome.status >= 400) yield ['error.type', String(outcome.status)];
  }
}

function* runEnd(outcome: Outcome | undefined, telling: EndTelling): Generator<Entry> {
  if (outcome?.type === 'answer') yield* runOutput(outcome.output, telling);
  if (outcome?.type === 'stopped' && !telling.strict) yield ['smolagents.run_state', outcome.state];
  if (outcome && 'tokens' in outcome && outcome.tokens) yield* runTokens(outcome.tokens, telling);
}

/** An address without user, query and fragment, which may hold keys. */
function* requestStart(method: string, url: string): Generator<Entry> {
  yield ['http.request.method', method];
  if (!URL.canParse(url)) {
    yield ['url.full', url.replace(/[?#][\s\S]*$/, '')]; // of the page's own origin
    return;
  }
  const { protocol, hostname, port, host, pathname } = new URL(url);
  yield ['server.address', hostname];
  yield ['server.port', port ? Number(port) : undefined];
  yield ['url.full', protocol === 'data:' || protocol === 'blob:' ? protocol : `${protocol}//${host}${pathname}`];
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
  if (!outcome) return { status: 'cut short', type: '', message: '', stack: '', recorded: false };
  if (outcome.type === 'response' && outcome.status >= 400)
    return { status: `HTTP ${outcome.status}`, type: '', message: '', stack: '', recorded: false };
  if (outcome.type !== 'failure') return undefined;
  const { error } = outcome;
  const type = errorType(error);
  // the text of an error may hold inputs and outputs; OpenInference leaves it
  const isHidden = !strict && (masking.hidden.has('hideInputs') || masking.hidden.has('hideOutputs'));
  const text = error instanceof Error ? error.message : String(error);
  const message = isHidden ? REDACTED : text;
  const stack = isHidden ? REDACTED : error instanceof Error ? (error.stack ?? '') : '';
  return { status: `${type}: ${message}`, type, message, stack, recorded: true };
}

/** A class name that minifiers cannot change: errors of the SDK and of the platform carry it as `name`. */
function errorType(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
