import type { AgentEvent, ForkEdits } from 'smolagents-web';
import { readRunFile } from 'smolagents-web/testing';
import type { AgentTrace, RewindRequest } from 'smolagents-web/trace-viewer';
import { makeAgent } from './agents';
import { askedNext, isLive, livePartsFor, livePartsOf, nameOf } from './asked';
import { type Choices, readChoices } from './choices';
import type { Branch } from './deep-link';
import { editText } from './edit-text';
import { isRecording, problemOfGoingOn } from './going-on';
import { askHuman } from './human';
import { type Going, type LiveParts, LocalRun, replayed, type Successor } from './local-runs';
import { problemOf } from './next-thing';
import { type Pace, type TimedEvent, timesOf } from './pace';
import { part } from './parts';
import { hideProblem, showProblem } from './problem';
import { toldLate } from './told-late';
import { shortened, type View, type Views } from './views';

const MAX_TASK = 32; // characters of a task in a tab
const MAX_ORIGIN = 24; // of what a branch is of

type Begin = (signal: AbortSignal) => Going | Promise<Going>;
type Log = Parameters<ConstructorParameters<typeof LocalRun>[0]>[0];
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
    const begin: Begin = (signal) => replayed(json, signal, (stopped) => this.#pace.caughtUp(stopped));
    const asked: Choices = { ...readChoices(), source: 'recording' };
    await this.#follow(view, asked, begin, (events, signal) => this.#pace.paced(events, times, signal));
    this.#isReplay = false;
  }

  /** A live run of what was chosen. */
  async run(task: string): Promise<void> {
    if (this.#isBusy()) return;
    const choices = readChoices();
    const view = this.#views.add(shortened(task, MAX_TASK), ['Live run,', `${nameOf(choices)}.`]);
    if (view.panel.getBoundingClientRect().top > innerHeight / 2) part('runs', HTMLElement).scrollIntoView();
    await this.#follow(view, choices, async (signal) => {
      if (choices.source !== 'worker') return localRun(task, choices, signal);
      const { startInWorker } = await import('./worker-runs');
      return startInWorker(task, choices, signal);
    });
  }

  /** A run that the server still has, in the given view. */
  async open(view: View, runId: string): Promise<void> {
    if (this.#isBusy()) return;
    const asked: Choices = { ...readChoices(), source: 'worker' };
    const { serverToken } = asked;
    const begin: Begin = async (signal) => {
      const { eventsInWorker, openInWorker } = await import('./worker-runs');
      if (view.branch) await showBefore(view, view.branch, await eventsInWorker(view.branch.of, serverToken, signal));
      return openInWorker(runId, serverToken, signal);
    };
    await this.#follow(view, asked, begin, (events) => toldLate(events));
  }

  /** A trace that the server keeps, whoever sent it, in the given view. */
  async openTrace(view: View, traceId: string): Promise<void> {
    const { traceOfWorker } = await import('./worker-runs');
    try {
      await view.viewer.load(await traceOfWorker(traceId, readChoices().serverToken));
    } catch (error) {
      showProblem(await problemOf(error, { ...readChoices(), source: 'worker' }));
    }
  }

  /** Another task on the memory of the run in the view. */
  async ask(view: View, task: string): Promise<void> {
    const { going } = view;
    if (!going || this.#isBusy()) return;
    const asked = askedNext(going);
    const note = `to “${view.title}”, on the same memory: ${nameOf(asked)}.`;
    const next = this.#views.add(shortened(task, MAX_TASK), ['Follow-up', note]);
    await this.#follow(next, asked, async (signal) => going.ask(task, signal, await livePartsFor(going, asked)));
  }

  /** A branch of the run in the view; what was done before its step is not done again. */
  async rewind(view: View, { step, edits }: RewindRequest): Promise<void> {
    if (this.#isBusy()) return;
    const { trace } = view.viewer;
    const json = trace?.source;
    const asked = askedNext(view.going);
    const refusal = view.going?.isHosted ? undefined : problemOfGoingOn(asked.source, view.going ? undefined : json);
    if (refusal) return showProblem(refusal);
    const isRecorded = asked.source === 'recording';
    const words = isRecorded
      ? '. The words of the model are still those of the recording: it was not asked again.'
      : `: ${nameOf(asked)}.`;
    const title = `Branch of ${shortened(view.title, MAX_ORIGIN)} from step ${step}`;
    const note = `of “${view.title}”, from step ${step} on${editText(edits)}${words}`;
    const of = view.address?.run;
    const branch = of === undefined ? undefined : { of, step: String(step) };
    const next = this.#views.add(title, ['Branch', note], { isRecording: isRecorded, branch });
    if (trace) next.viewer.branch(trace, step);
    await this.#follow(next, asked, async (signal) => {
      const live = await livePartsFor(view.going, asked);
      if (!view.going && live && !isRecording(json)) return savedRun(json, step, edits, live, signal);
      view.going ??= await playedThrough(replayed(json, signal));
      return view.going.fork(step, edits, signal, live);
    });
  }

  /** `asked` says whose words come: whatever the form says by then. */
  async #follow(view: View, asked: Choices, begin: Begin, read: Read = asTheyCome): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    this.#followed = view;
    this.#tell(this.#isReplay && !this.#pace.isPlaying ? 'Paused' : 'Running');
    hideProblem();
    if (isLive(asked)) tellModel(view, asked);
    try {
      let going = await begin(stop.signal);
      for (;;) {
        view.going = going;
        for await (const { event, times } of read(going.run, stop.signal)) {
          if (view.going === going) view.viewer.add(event, times); // a file that was dropped has its place
          if (going.isHosted) this.#name(view, event);
        }
        const { state, waiting } = await going.run.result;
        stop.signal.throwIfAborted();
        if (state !== 'waiting') break;
        this.#tell('Waiting for you');
        going = await going.answer(await askHuman(waiting, stop.signal), stop.signal);
        this.#tell('Running');
      }
      this.#stop = undefined;
      this.#tell('');
    } catch (error) {
      this.#stop = undefined;
      this.#tell(stop.signal.aborted ? 'Stopped' : '');
      if (!stop.signal.aborted) showProblem(await problemOf(error, asked));
    }
  }

  /** One run at a time: says so where another one is wanted. */
  #isBusy(): boolean {
    if (this.#stop) showProblem({ what: 'A run is under way.', next: 'Stop it first, or wait for its end.' });
    return this.#stop !== undefined;
  }

  #name(view: View, { path, runId }: AgentEvent): void {
    if (path.length > 1 || view.address?.run === runId) return;
    view.address = { run: runId, ...view.branch };
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
    const { going } = this.#views.current ?? {};
    const hasWords = going?.isHosted || isLive(askedNext(going)); // a recording answers its own task only
    part('follow-up', HTMLFormElement).hidden = isRunning || going === undefined || !hasWords;
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
  const next = chosenAgent(await livePartsOf(choices));
  const start = (log: Log) => next.agent.stream(task, { ...next.given, signal, log });
  return new LocalRun(start, () => next, { choices });
}

/** A branch of a run in a file that tells what happened, and holds no words for what comes: the agent chosen now goes on. */
function savedRun(json: unknown, step: number, edits: ForkEdits, live: LiveParts, signal: AbortSignal): Going {
  const next = chosenAgent(live);
  const start = (log: Log) => next.agent.fork(json, step, edits, { ...next.given, signal, log, askAgain: true });
  return new LocalRun(start, () => next, { choices: live.choices });
}

function chosenAgent({ model, choices, given }: LiveParts): Successor {
  return { agent: makeAgent(choices, model), choices, given };
}

/** Who speaks in a run of this page, and what that costs where the visitor said so. */
function tellModel({ viewer }: View, { modelId, price }: Choices): void {
  viewer.modelId = modelId;
  viewer.prices = price ? { [modelId]: price } : {};
}

/** What a branch has kept, by the events of the run before. Without any, the branch is shown from its own first step. */
async function showBefore({ viewer }: View, { step }: Branch, events: readonly AgentEvent[]): Promise<void> {
  const before = document.createElement('agent-trace') as AgentTrace;
  await before.load(events).catch(() => {});
  if (before.trace) viewer.branch(before.trace, Number(step));
}

/** To its end, unseen: its log has then what every step left. */
async function playedThrough(going: Going): Promise<Going> {
  await going.run.result.catch(() => undefined); // one that failed can be gone on with as well
  return going;
}
