import type { AgentEvent, WaitingCall } from 'smolagents-web';
import { readRunFile } from 'smolagents-web/testing';
import type { RewindRequest, Trace } from 'smolagents-web/trace-viewer';
import { answered } from './answers';
import { askedNext, livePartsFor, nameOf } from './asked';
import { localRun, playedThrough, savedRun } from './begun-runs';
import { type Choices, isLive, readChoices } from './choices';
import type { Branch } from './deep-link';
import { editText } from './edit-text';
import { isRecording, problemOfGoingOn } from './going-on';
import { type Going, replayed } from './local-runs';
import { problemOf } from './next-thing';
import { type Pace, type TimedEvent, timesOf } from './pace';
import { holdPage, letPageGo } from './page-hold';
import { part } from './parts';
import { hideProblem, showProblem } from './problem';
import { type Reading, readInto, type Show, traceOf } from './read-into';
import { type Note, shortened, type View, type Views } from './views';

const MAX_TASK = 32; // characters of a task in a tab
const MAX_ORIGIN = 24; // of what a branch is of

type Begin = (signal: AbortSignal) => Going | Promise<Going>;
type Read = (events: AsyncIterable<AgentEvent>, signal: AbortSignal) => AsyncIterable<TimedEvent>;

/** Begins runs, shows them, asks the person where they wait, and says how they ended. One at a time; runs of the server are read beside it. */
export class Conductor {
  readonly #views: Views;
  readonly #pace: Pace;
  #stop: AbortController | undefined;
  /** Where the run under way is shown. */
  #followed: View | undefined;
  #underWay = Promise.resolve();
  /** Runs of the server that are read beside it. */
  readonly #readings = new Set<Reading>();
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

  /** Stops the run in front that is read beside another, or else the one under way. */
  stop(): void {
    (this.#readingOf(this.#views.current) ?? this.#stop)?.abort('Stop was pressed');
  }

  /** Stops the run of a view that is closed. */
  leave(view: View): void {
    const stop = this.#followed === view ? this.#stop : this.#readingOf(view);
    stop?.abort('Its tab was closed');
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

  /** A run that the server still has, with what it kept where it is a branch of another. Beside the run under way, where there is one. */
  async open(runId: string, show: Show, branch: Branch | undefined): Promise<void> {
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
    if (this.isRunning) await this.#readBeside(asked, begin, showBranch);
    else await this.#follow(asked, begin, showBranch);
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
  #follow(asked: Choices, begin: Begin, show: Show, read: Read = asTheyCome): Promise<void> {
    this.#underWay = this.#toItsEnd(asked, begin, show, read);
    return this.#underWay;
  }

  async #toItsEnd(asked: Choices, begin: Begin, show: Show, read: Read): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    this.#stop = stop;
    this.#tell(this.#isReplay && !this.#pace.isPlaying ? 'Paused' : 'Running');
    hideProblem();
    const shown = () => {
      this.#followed = show();
      return this.#followed;
    };
    try {
      let going = await begin(signal);
      if (!going.isHosted && !this.#isReplay) holdPage();
      for (let view: View | undefined; ; ) {
        view = await readInto(this.#views, going, read(going.events, signal), shown, view);
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

  /** A run of the server beside the one under way. Where it waits for a person, it asks when that one has ended. */
  async #readBeside(asked: Choices, begin: Begin, show: Show): Promise<void> {
    const reading: Reading = { stop: new AbortController(), view: undefined };
    const { signal } = reading.stop;
    const shown = () => {
      reading.view = show();
      this.refresh();
      return reading.view;
    };
    this.#readings.add(reading);
    try {
      const going = await begin(signal);
      const view = await readInto(this.#views, going, asTheyCome(going.events), shown);
      const { state, waiting } = await going.run.result;
      if (state !== 'waiting' || !view) return;
      const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      while (this.isRunning && !signal.aborted) await Promise.race([this.#underWay, left]);
      this.#readings.delete(reading); // from here on it is the one under way
      if (!signal.aborted) await this.#askIn(view, going, waiting, asked);
    } catch (error) {
      if (!signal.aborted) showProblem(await problemOf(error, asked));
    } finally {
      this.#readings.delete(reading);
      this.refresh();
    }
  }

  /** Goes on with a run that was read to where it waits. */
  #askIn(view: View, going: Going, waiting: readonly WaitingCall[], asked: Choices): Promise<void> {
    const begin: Begin = (signal) => {
      this.#followed = view;
      this.#tell('Waiting for you');
      return answered(going, waiting, view, signal);
    };
    return this.#follow(asked, begin, () => view);
  }

  #readingOf(view: View | undefined): AbortController | undefined {
    return view && [...this.#readings].find((reading) => reading.view === view)?.stop;
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

  /** Shows what can be done with the run in front. */
  refresh(): void {
    const { isRunning } = this;
    const [run, stop] = [part('run', HTMLButtonElement), part('stop', HTMLButtonElement)];
    const focused = document.activeElement;
    stop.hidden = !isRunning && !this.#readingOf(this.#views.current);
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
