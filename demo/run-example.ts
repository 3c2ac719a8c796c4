import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  AgentError,
  type AgentEvent,
  HfApiModel,
  type Model,
  OpenAIModel,
  type RunResult,
  type RunState,
} from 'smolagents-web';
import { type RunFile, readRunFile, recordRun, replayRun, writeRunFile } from 'smolagents-web/testing';
import type { Fetch } from '../src/web/fetch';
import { type AskedPlace, advice } from './advice';
import { ArgumentError, type ExampleArguments, HELP, readArguments } from './arguments';
import { serveLocalWeb } from './fixtures/serve';
import { PARAMETERS } from './parameters';
import { Printer, printable, type Terminal } from './printer';
import { makeManager, QUESTION } from './program';
import { Tracing } from './tracing';

/** Everything the example takes from outside, so that a test can run it. */
export interface ExampleWorld {
  words: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  terminal: Terminal;
  /** Takes what went wrong. */
  complain(text: string): void;
  readRecording(): Promise<unknown>;
  fetch: Fetch;
  signal: AbortSignal;
}

const TICK_MS = 250;
const SEND_MS = 10_000;
const INTERRUPTED = 130;

/** Runs the example; gives the exit code: 0, 1 for a run that failed, 2 for a wrong command line, 130 after Ctrl-C. */
export async function runExample(world: ExampleWorld): Promise<number> {
  const { words, environment, terminal, complain } = world;
  try {
    const given = readArguments(words);
    if (given.help) terminal.write(`${HELP}\n`);
    else if (given.server || environment.HF_TOKEN) return await askModel(given, world);
    else return await replay(given, world);
    return 0;
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    complain(error.message);
    return 2;
  }
}

async function askModel(
  { question = QUESTION, server, model: hubModel, localWeb, brokenPage, record, otlp }: ExampleArguments,
  world: ExampleWorld,
): Promise<number> {
  const { terminal, fetch, signal, environment } = world;
  if (record !== undefined) await checkFolderOf(record);
  const model = server ? serverModel(server, environment) : hubApiModel(hubModel, environment);
  const place = { endpoint: server?.endpoint, model: model.modelId, keyFrom: server?.keyFrom };
  terminal.write(
    `Asking ${model.modelId} at ${place.endpoint ?? 'Hugging Face'}${localWeb ? '; search and pages come from demo/fixtures' : ''}\n\n`,
  );
  await using web = localWeb ? await serveLocalWeb({ brokenPage }) : undefined;
  const options = { fetch: web?.fetch ?? fetch, signal };
  // awaited here: the local web must stay until the run is over
  return await follow(world, { ...place, otlp }, async (onEvent) => {
    if (record === undefined) return readRun(makeManager(model).stream(question, options), onEvent);
    const file = await recordRun(makeManager(model), question, { ...options, onEvent });
    await writeFile(record, `${JSON.stringify(writeRunFile(file), null, 1)}\n`);
    terminal.write(`The run was written to ${record}\n`);
    return file.result;
  });
}

/** Throws an `ArgumentError` where the file could not be written: a run is too long to be lost at its end. */
async function checkFolderOf(file: string): Promise<void> {
  const folder = await stat(dirname(file)).catch(() => undefined);
  if (!folder?.isDirectory())
    throw new ArgumentError(`--record is "${file}", must be in a folder that exists; "${dirname(file)}" is none`);
  if ((await stat(file).catch(() => undefined))?.isDirectory())
    throw new ArgumentError(`--record is "${file}", must be a file; this is a folder`);
}

async function replay(given: ExampleArguments, world: ExampleWorld): Promise<number> {
  const { question, record, localWeb, model, otlp } = given;
  if (question !== undefined || record !== undefined || localWeb || model !== undefined) {
    throw new ArgumentError(
      'There is no model to ask: set HF_TOKEN, or give --endpoint URL --model ID. Without them only the recorded question can be shown.',
    );
  }
  const file = readRunFile(await world.readRecording());
  world.terminal.write(`${printable(titleOf(file))}\n\n`);
  const place = { endpoint: undefined, model: file.modelId, keyFrom: undefined };
  return follow(world, { ...place, otlp }, (onEvent) =>
    readRun(replayRun(makeManager(silentModel(file)), file, { signal: world.signal }), onEvent),
  );
}

/** The first line of a replay: that it is one, of which model and when. */
export function titleOf({ modelId, recordedAt }: RunFile): string {
  return `This is a recording: model ${modelId}, ${recordedAt.slice(0, 16).replace('T', ' ')} UTC. No model is asked; loop, tools and sandbox run. Set HF_TOKEN, or see --help, to ask one.`;
}

type Ended = Pick<RunResult, 'state' | 'inclusiveUsage' | 'error'>;

/** Prints a run as it goes on, and how it ended; gives the exit code. */
async function follow(
  world: ExampleWorld,
  place: AskedPlace & { otlp: string | undefined },
  run: (onEvent: (event: AgentEvent) => void) => Promise<Ended>,
): Promise<number> {
  const { terminal, complain, signal } = world;
  const printer = new Printer(terminal);
  const { otlp } = place;
  const key = world.environment.PHOENIX_API_KEY;
  const tracing = new Tracing(otlp === undefined ? undefined : { url: otlp, key, timeoutMs: SEND_MS }, world.fetch);
  const timer = terminal.isTerminal ? setInterval(() => printer.tick(), TICK_MS) : undefined;
  const started = terminal.now();
  try {
    const ended = await run((event) => printer.print(event));
    printer.stop();
    terminal.write(`${printable(totalOf(ended, terminal.now() - started))}\n`);
    return exitCodeOf(ended.state);
  } catch (error) {
    printer.stop();
    if (signal.aborted) terminal.write(`\nThe run was stopped (state: ${stateOf(error)}).\n`);
    else complain(`\n${printable(advice(error, place))}`);
    return signal.aborted ? INTERRUPTED : 1;
  } finally {
    clearInterval(timer);
    terminal.write(await tracing.end());
  }
}

async function readRun(
  run: AsyncIterable<AgentEvent> & { readonly result: Promise<RunResult> },
  onEvent: (event: AgentEvent) => void,
): Promise<RunResult> {
  for await (const event of run) onEvent(event);
  return run.result;
}

function serverModel(
  { endpoint, model, keyFrom }: NonNullable<ExampleArguments['server']>,
  environment: ExampleWorld['environment'],
): Model {
  const apiKey = keyFrom === undefined ? undefined : environment[keyFrom];
  if (keyFrom !== undefined && !apiKey)
    throw new ArgumentError(`--key-from names the variable ${keyFrom}, which is not set`);
  return new OpenAIModel({ modelId: model, apiBase: endpoint, parameters: PARAMETERS, ...(apiKey && { apiKey }) });
}

function hubApiModel(modelId: string | undefined, { HF_TOKEN }: ExampleWorld['environment']): Model {
  return new HfApiModel({ ...(HF_TOKEN && { token: HF_TOKEN }), ...(modelId && { modelId }) });
}

/** Stands where a model would: the replay answers in its place. */
function silentModel({ modelId }: RunFile): Model {
  return {
    modelId,
    spanName: 'OpenAIModel', // which was asked when the run was recorded
    generate: () => {
      throw new AgentError('a replay asks no model');
    },
  };
}

function totalOf({ state, inclusiveUsage, error }: Ended, milliseconds: number): string {
  const { inputTokens, outputTokens } = inclusiveUsage;
  const why = error ? ` (${error.message})` : '';
  return `\n${state}${why}: ${inputTokens} tokens in, ${outputTokens} out, ${(milliseconds / 1000).toFixed(1)} s`;
}

function exitCodeOf(state: RunState): number {
  if (state === 'interrupted') return INTERRUPTED;
  return state === 'success' || state === 'max_steps_error' ? 0 : 1;
}

function stateOf(error: unknown): string {
  const result = error instanceof AgentError ? (error.result as RunResult | undefined) : undefined;
  return result?.state ?? 'interrupted';
}
