import type { AgentEvent, ForkEdits } from 'smolagents-web';
import { readRunFile } from 'smolagents-web/testing';
import type { AgentTrace, RewindRequest, Trace } from 'smolagents-web/trace-viewer';
import { makeAgent } from './agents';
import { answered } from './answers';
import { askedNext, livePartsFor, livePartsOf, nameOf } from './asked';
import { type Choices, isLive, readChoices } from './choices';
import type { Branch } from './deep-link';
import { editText } from './edit-text';
import { isRecording, problemOfGoingOn } from './going-on';
import { type Going, type LiveParts, LocalRun, replayed, type Successor } from './local-runs';
import { problemOf } from './next-thing';
import { type Pace, type TimedEvent, timesOf } from './pace';
import { holdPage, letPageGo } from './page-hold';
import { part } from './parts';
import { hideProblem, showProblem } from './problem';
import { type Note, shortened, type View, type Views } from './views';

const MAX_TASK = 32; // characters of a task in a tab
const MAX_ORIGIN = 24; // of what a branch is of

type Begin = (signal: AbortSignal) => Going | Promise<Going>;
type Log = Parameters<ConstructorParameters<typeof LocalRun>[0]>[0];
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
    const begin: Begin = (signal) => replayed(json, signal, (stopped) => this.#pace.caughtUp(stopped));
    const asked: Choices = { ...readChoices(), source: 'recording' };
    await this.#follow(
      asked,
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
      const view = this.#add(choices, shortened(task, MAX_TASK), ['Live run,', `${nameOf(choices)}.`]);
      if (view.panel.getBoundingClientRect().top > innerHeight / 2) part('runs', HTMLElement).scrollIntoView();
      return view;
    };
    const begin: Begin = async (signal) => {
      if (choices.source !== 'worker') return localRun(task, choices, signal);
      const { startInWorker } = await import('./worker-runs');
      return startInWorker(task, choices, signal);
    };
    await this.#follow(choices, begin, show);
  }

  /** A run that the server still has, with what it kept where it is a branch of another. */
  async open(runId: string, show: Show, branch: Branch | undefined): Promise<void> {
    if (this.#isBusy()) return;
    const asked: Choices = { ...readChoices(), source: 'worker' };
    const { serverToken } = asked;
    let before: Trace | undefined;
    const begin: Begin = async (signal) => {
      const { eventsInWorker, openInWorker } = await import('./worker-runs');
      if (branch) before = await traceOf(await eventsInWorker(branch.of, serverToken, signal));
      return openInWorker(runId, serverToken, signal);
    };
    const showBranch = () => {
      const view = show();
      if (branch && before) view.viewer.branch(before, Number(branch.step));
      return view;
    };
    await this.#follow(asked, begin, showBranch);
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
    const asked = askedNext(going);
    const note = `to “${view.title}”, on the same memory: ${nameOf(asked)}.`;
    await this.#follow(
      asked,
      async (signal) => going.ask(task, signal, await livePartsFor(going, asked)),
      () => this.#add(asked, shortened(task, MAX_TASK), ['Follow-up', note]),
    );
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
    const show = () => {
      const next = this.#add(asked, title, ['Branch', note], { isRecording: isRecorded, branch });
      if (trace) next.viewer.branch(trace, step, edits);
      return next;
    };
    const begin: Begin = async (signal) => {
      const live = await livePartsFor(view.going, asked);
      if (!view.going && live && !isRecording(json)) return savedRun(json, step, edits, live, signal);
      view.going ??= await playedThrough(replayed(json, signal));
      return view.going.fork(step, edits, signal, live);
    };
    await this.#follow(asked, begin, show);
  }

  /** A tab of a run with that model; its viewer knows who speaks, and what that costs where the visitor said so. */
  #add(asked: Choices, title: string, note: Note, facts: Partial<View> = {}): View {
    const view = this.#views.add(title, note, facts);
    const { modelId, price } = asked;
    if (isLive(asked)) Object.assign(view.viewer, { modelId, prices: price ? { [modelId]: price } : {} });
    return view;
  }

  /** `asked` says whose words come: whatever the form says by then. */
  async #follow(asked: Choices, begin: Begin, show: Show, read: Read = asTheyCome): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    this.#stop = stop;
    this.#tell(this.#isReplay && !this.#pace.isPlaying ? 'Paused' : 'Running');
    hideProblem();
    let going: Going | undefined;
    let view: View | undefined;
    try {
      going = await begin(signal);
      if (!going.isHosted && !this.#isReplay) holdPage();
      for (;;) {
        for await (const told of read(going.events, signal)) {
          if (!view && told.event.type === 'run-end') continue; // it has not begun
          view ??= this.#shown(show);
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
      if (!signal.aborted) showProblem(await problemOf(error, asked));
    }
  }

  #shown(show: Show): View {
    const view = show();
    this.#followed = view;
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

/** What these events tell; undefined where that is nothing. */
async function traceOf(events: readonly AgentEvent[]): Promise<Trace | undefined> {
  const viewer = document.createElement('agent-trace') as AgentTrace;
  await viewer.load(events).catch(() => {});
  return viewer.trace;
}

/** To its end, unseen: its log has then what every step left. */
async function playedThrough(going: Going): Promise<Going> {
  await going.run.result.catch(() => undefined); // one that failed can be gone on with as well
  return going;
}
