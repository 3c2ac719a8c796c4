import { AgentError, type AgentEvent, type Fetch, type ForkEdits, type Model } from 'smolagents-web';
import { readRunFile } from 'smolagents-web/testing';
import type { RewindRequest } from 'smolagents-web/trace-viewer';
import { makeAgent } from './agents';
import { answered } from './answers';
import { type Choices, readChoices } from './choices';
import { type Going, type LiveParts, LocalRun, replayed } from './local-runs';
import { modelOf } from './models';
import { problemOf } from './next-thing';
import { type Pace, type TimedEvent, timesOf } from './pace';
import { holdPage, letPageGo } from './page-hold';
import { part } from './parts';
import { hideProblem, showProblem } from './problem';
import { fetchWithToken } from './server';
import { shortened, type View, type Views } from './views';

const MAX_TASK = 32; // characters of a task in a tab
const MAX_ORIGIN = 24; // of what a branch is of

type Begin = (signal: AbortSignal) => Going | Promise<Going>;
/** Brings the run's tab to the front, with its first event: of one that cannot begin there is none. */
type Show = () => View;
type Read = (events: AsyncIterable<AgentEvent>, signal: AbortSignal) => AsyncIterable<TimedEvent>;

/** Begins runs, shows them, asks the person where they wait, and says how they ended. One at a time. */
export class Conductor {
  readonly #views: Views;
  readonly #pace: Pace;
  #stop: AbortController | undefined;
  /** Where the run under way is shown. */
  #followed: View | undefined;
  /** Whether the run under way is the recording, which Play goes on with after a pause or a step. */
  #isReplay = false;
  /** Whether it was said that a run is under way. */
  #isRefusing = false;

  constructor(views: Views, pace: Pace) {
    this.#views = views;
    this.#pace = pace;
  }

  get isRunning(): boolean {
    return this.#stop !== undefined;
  }

  stop(): void {
    this.#stop?.abort('Stop was pressed');
  }

  /** Stops the run of a view that is closed. */
  leave(view: View): void {
    if (this.#followed === view) this.stop();
  }

  /** The recording, played in the given view. */
  async play(view: View, json: unknown): Promise<void> {
    if (this.#isBusy()) return;
    this.#isReplay = true;
    const times = timesOf(readRunFile(json));
    const begin: Begin = (signal) => replayed(json, signal, liveParts, (stopped) => this.#pace.caughtUp(stopped));
    await this.#follow(
      begin,
      () => view,
      (events, signal) => this.#pace.paced(events, times, signal),
    );
    this.#isReplay = false;
  }

  /** A live run of what was chosen. */
  async run(task: string): Promise<void> {
    if (this.#isBusy()) return;
    const choices = readChoices();
    const show = () => {
      const view = this.#views.add(shortened(task, MAX_TASK), ['Live run,', `${nameOf(choices)}.`]);
      if (view.panel.getBoundingClientRect().top > innerHeight / 2) part('runs', HTMLElement).scrollIntoView();
      return view;
    };
    await this.#follow(async (signal) => {
      if (choices.source !== 'worker') return localRun(task, choices, signal);
      const { startInWorker } = await import('./worker-runs');
      return startInWorker(task, choices, signal);
    }, show);
  }

  /** A run that the server still has. */
  async open(runId: string, show: Show): Promise<void> {
    if (this.#isBusy()) return;
    const { serverToken } = readChoices();
    await this.#follow(
      async (signal) => (await import('./worker-runs')).openInWorker(runId, serverToken, signal),
      show,
    );
  }

  /** A trace that the server keeps, whoever sent it. */
  async openTrace(traceId: string, show: Show): Promise<void> {
    const { traceOfWorker } = await import('./worker-runs');
    try {
      const trace = await traceOfWorker(traceId, readChoices().serverToken);
      await show().viewer.load(trace);
    } catch (error) {
      showProblem(await problemOf(error, { ...readChoices(), source: 'worker' }));
    }
  }

  /** Another task on the memory of the run in the view. */
  async ask(view: View, task: string): Promise<void> {
    const { going } = view;
    if (!going || this.#isBusy()) return;
    await this.#follow(
      (signal) => going.ask(task, signal),
      () => this.#views.add(shortened(task, MAX_TASK), ['Follow-up', `to “${view.title}”, on the same memory.`]),
    );
  }

  /** A branch of the run in the view; what was done before its step is not done again. */
  async rewind(view: View, { step, edits }: RewindRequest): Promise<void> {
    if (this.#isBusy()) return;
    const source = view.viewer.trace?.source;
    const isRecorded = view.isRecording && readChoices().source === 'recording';
    const words = isRecorded ? 'The words of the model are still those of the recording: it was not asked again.' : '';
    const title = `Branch of ${shortened(view.title, MAX_ORIGIN)} from step ${step}`;
    const note = `of “${view.title}”, from step ${step} on${editText(edits)}. ${words}`;
    const { trace } = view.viewer;
    const show = () => {
      const next = this.#views.add(title, ['Branch', note], { isRecording: isRecorded });
      if (trace) next.viewer.branch(trace, step, edits);
      return next;
    };
    await this.#follow(async (signal) => {
      if (!view.going && !isRecording(source)) return savedRun(source, step, edits, signal);
      view.going ??= await playedThrough(replayed(source, signal, liveParts));
      return view.going.fork(step, edits, signal);
    }, show);
  }

  async #follow(begin: Begin, show: Show, read: Read = asTheyCome): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    this.#stop = stop;
    this.#tell(this.#isReplay && !this.#pace.isPlaying ? 'Paused' : 'Running');
    hideProblem();
    const choices = readChoices();
    let going: Going | undefined;
    let view: View | undefined;
    try {
      going = await begin(signal);
      if (!going.isHosted && !this.#isReplay) holdPage();
      for (;;) {
        for await (const told of read(going.events, signal)) {
          view ??= this.#shown(show, choices);
          this.#take(view, going, told);
        }
        const { state, waiting } = await going.run.result;
        signal.throwIfAborted();
        if (state !== 'waiting' || !view) break;
        this.#tell('Waiting for you');
        going = await answered(going, waiting, view, signal);
        this.#tell('Running');
      }
      this.#end('');
    } catch (error) {
      this.#end(signal.aborted ? 'Stopped' : '');
      const asked: Choices = going?.isHosted ? { ...choices, source: 'worker' } : choices;
      if (!signal.aborted) showProblem(await problemOf(error, asked));
    }
  }

  #shown(show: Show, choices: Choices): View {
    const view = show();
    this.#followed = view;
    if (!view.isRecording && choices.source !== 'worker') tellModel(view, choices);
    return view;
  }

  #take(view: View, going: Going, { event, times }: TimedEvent): void {
    view.going = going;
    view.viewer.add(event, times);
    if (going.isHosted) this.#name(view, event);
  }

  #end(status: string): void {
    this.#stop = undefined;
    this.#followed = undefined;
    letPageGo();
    if (this.#isRefusing) hideProblem(); // it is not so any more
    this.#isRefusing = false;
    this.#tell(status);
  }

  /** One run at a time: says so where another one is wanted. */
  #isBusy(): boolean {
    if (!this.#stop) return false;
    showProblem({ what: 'A run is under way.', next: 'Stop it first, or wait for its end.' });
    this.#isRefusing = true;
    return true;
  }

  #name(view: View, { path, runId }: AgentEvent): void {
    if (path.length > 1 || view.address?.run === runId) return;
    view.address = { run: runId };
    this.#views.onAddress(view);
  }

  /** Shows what can be done with the run in front. */
  refresh(): void {
    const { isRunning } = this;
    const [run, stop] = [part('run', HTMLButtonElement), part('stop', HTMLButtonElement)];
    const focused = document.activeElement;
    stop.hidden = !isRunning;
    run.disabled = isRunning && !this.#isReplay;
    if (focused === run && run.disabled) stop.focus(); // else the keyboard would be at the top of the page again
    if (focused === stop && stop.hidden) run.focus();
    const { going, isRecording = false } = this.#views.current ?? {};
    const hasWords = !isRecording || readChoices().source !== 'recording'; // a recording answers its own task only
    const followUp = part('follow-up', HTMLFormElement);
    const wasThere = followUp.contains(focused);
    followUp.hidden = isRunning || going === undefined || !hasWords;
    if (wasThere && followUp.hidden) this.#views.current?.tab.focus();
  }

  #tell(status: string): void {
    part('status', HTMLParagraphElement).textContent = status;
    this.refresh();
  }
}

async function* asTheyCome(events: AsyncIterable<AgentEvent>): AsyncGenerator<TimedEvent, void> {
  for await (const event of events) yield { event };
}

async function localRun(task: string, choices: Choices, signal: AbortSignal): Promise<Going> {
  const { agent, ...given } = chosenAgent(choices, await modelOf(choices));
  return new LocalRun(
    (log) => agent.stream(task, { ...given, signal, log }),
    async () => ({ agent, ...given }),
  );
}

/** A branch of a run in a file that tells what happened, and holds no words for what comes: the agent chosen now goes on. */
async function savedRun(json: unknown, step: number, edits: ForkEdits, signal: AbortSignal): Promise<Going> {
  const live = await liveParts();
  if (!live) throw new AgentError('This file has no words for the steps to come', { kind: 'not_found' });
  const { agent, ...given } = chosenAgent(readChoices(), live.model);
  return new LocalRun(
    (log) => agent.fork(json, step, edits, { ...given, signal, log, askAgain: true }),
    async () => ({ agent, ...given }),
  );
}

function chosenAgent(choices: Choices, model: Model) {
  const budget = { tokens: choices.maxTokens, durationMs: choices.maxMinutes * 60_000 };
  return { agent: makeAgent(choices, model), budget, ...webAccess(choices) };
}

/** A server that wants a token wants it from the web tools of its pages as well. */
function webAccess({ serverToken }: Choices): { fetch?: Fetch } {
  return serverToken === '' ? {} : { fetch: fetchWithToken(serverToken) };
}

/** Whether a file has what the network and the model said, not only what came of it. */
function isRecording(json: unknown): boolean {
  return Array.isArray(Object(json).exchanges);
}

/** Who speaks in a run of this page, and what that costs where the visitor said so. */
function tellModel({ viewer }: View, { modelId, price }: Choices): void {
  viewer.modelId = modelId;
  viewer.prices = price ? { [modelId]: price } : {};
}

/** The model that can be asked now; none where the recording is chosen, or where the model is the server's. */
async function liveParts(): Promise<LiveParts | undefined> {
  const choices = readChoices();
  if (choices.source === 'recording' || choices.source === 'worker') return undefined;
  return { model: await modelOf(choices), ...webAccess(choices) };
}

/** To its end, unseen: its log has then what every step left. */
async function playedThrough(going: Going): Promise<Going> {
  await going.run.result.catch(() => undefined); // one that failed can be gone on with as well
  return going;
}

function nameOf({ source, modelId, endpoint }: Choices): string {
  if (source === 'endpoint') return `${modelId} at ${endpoint}`;
  if (source === 'huggingface') return `${modelId} at Hugging Face`;
  return source === 'worker' ? 'on this server' : modelId;
}

/** What is different in a branch, in words. */
const EDITED: Readonly<Record<keyof Omit<ForkEdits, 'managed'>, string>> = {
  task: 'another task',
  earlier: 'other words before it',
  reply: 'another reply',
  code: 'other code',
  results: 'another result',
};

function editText(edits: ForkEdits): string {
  const [inside] = Object.values(edits.managed ?? {});
  if (inside) return `, inside it from step ${inside.step} of a managed agent on${editText(inside)}`;
  const words = Object.entries(EDITED).flatMap(([edit, text]) => (edit in edits ? [text] : []));
  return words.length === 0 ? '' : `, with ${words.join(' and ')}`;
}
