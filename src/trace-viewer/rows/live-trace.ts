import type { AgentEvent } from '../../agents/agent';
import { eventTime } from '../../agents/event-time';
import type { ActionStep, ErrorRecord, PlanningStep } from '../../memory/step';
import type { TokenUsage } from '../../models/model';
import { isRecord } from '../../web/record';
import type { EventTimes, Prices } from '../trace';
import { EventClock } from './event-clock';
import { isEvent } from './is-event';
import type { Origin } from './kept-rows';
import { thoughtAndCode } from './labels';
import { LeftOut } from './left-out';
import { lineOf } from './line-of';
import { type EventRow, LiveRows } from './live-rows';
import { isCutOff, isFollowed, LiveSteps } from './live-steps';
import { type KnownTimes, retime, retimeRest } from './live-times';
import { type GrowingTrace, MissedEnd } from './missed-end';
import type { Row } from './row';
import { OUTCOMES } from './run-outcome';
import { sumsOf } from './sums';

export interface LiveTraceOptions {
  /** Milliseconds since the epoch at which an event comes; default the clock on the wall. */
  now?: () => number;
  /** What tokens cost, by model id; they are counted for `modelId`. */
  prices?: Prices;
  /** Events do not name the model. */
  modelId?: string;
  /** Of a branch. */
  origin?: Origin | undefined;
  /** Told after each event of the rows that it changed; `trace` is up to date then. */
  onChange?: (rows: ReadonlySet<Row>) => void;
}

type Event<Type extends AgentEvent['type']> = Extract<AgentEvent, { type: Type }>;

/** A trace that grows with the events of a run; the header tells of the run that began last. */
export class LiveTrace {
  readonly #rows = new LiveRows();
  readonly #steps: LiveSteps;
  readonly #events: AgentEvent[] = [];
  readonly #repairs: string[] = [];
  readonly #options: LiveTraceOptions;
  readonly #leftOut = new LeftOut(this.#repairs);
  readonly #end = new MissedEnd(this.#rows, this.#repairs);
  readonly #clock: EventClock;
  /** The same object all along. */
  readonly trace: GrowingTrace;

  constructor(options: LiveTraceOptions = {}) {
    this.#options = options;
    this.#clock = new EventClock(options.now);
    this.#steps = new LiveSteps(this.#rows, options.modelId ?? 'model');
    const { roots, all: rows, errors } = this.#rows;
    this.trace = {
      ...{ roots, rows, errors, repairs: this.#repairs, source: { events: this.#events } },
      ...{ task: '', outcome: 'running', stoppedBy: undefined, answer: undefined, startMs: 0, endMs: 0 },
    };
  }

  /** Takes what a run yields; what is no event of a run is left out, and `repairs` counts it. */
  add(given: unknown, { atMs: toldMs, modelMs }: EventTimes = {}): void {
    if (!isEvent(given)) {
      this.#leftOut.count();
      return;
    }
    const ownMs = eventTime(given);
    let atMs = this.#clock.take(toldMs, ownMs);
    this.#events.push(given);
    this.#rows.changed = new Set();
    if (this.isOf(given)) this.#end.goOn(this.trace);
    const event = this.#rows.asFirst(given, this.trace, { atMs, ownMs });
    const agent = this.#agent(event, atMs);
    this.#steps.meet(agent, event);
    if (event.type === 'step') {
      if (ownMs === undefined) atMs += this.#moveToClockOf(event.step, agent, atMs);
      this.#endStep(agent, event.step, atMs, { modelMs, isExact: ownMs !== undefined });
      atMs = event.step.timing.endMs;
      if (isFollowed(event.step)) this.#steps.expect(agent, atMs);
    } else this.#tell(event, agent, atMs);
    this.#clock.set(atMs);
    this.trace.startMs = this.#rows.roots[0]?.startMs ?? atMs;
    this.trace.endMs = Math.max(atMs, this.#rows.roots.at(-1)?.startMs ?? atMs);
    this.#options.onChange?.(this.#rows.changed);
  }

  /** Whether time goes by in it without an event. */
  get goesOn(): boolean {
    return this.trace.outcome === 'running' && this.#clock.now !== undefined;
  }

  /** What still runs has run until now. */
  passTime(): void {
    if (this.goesOn) this.trace.endMs = Math.max(this.trace.endMs, this.#clock.now ?? 0);
  }

  /** Until a step says its times, rows have those at which events came: a run that is told again has another clock. */
  #moveToClockOf({ number, timing }: ActionStep, agent: Row, atMs: number): number {
    if (this.#clock.isSet) return 0;
    this.#clock.isSet = true;
    const begun = this.#rows.get(`${agent.id}#${number}`);
    const isWhole = begun && !this.#rows.isReopened(begun); // else the step says when the run went on
    return this.#rows.move(isWhole ? timing.startMs - begun.startMs : timing.endMs - atMs);
  }

  /** Whether an event, not the first of a run, is of one that is shown. */
  isOf(event: unknown): boolean {
    return isEvent(event) && event.type !== 'run-start' && this.#rows.get(this.#rows.as(event).runId) !== undefined;
  }

  /** No more events come. What still runs is shown as it is, and `repairs` says so. */
  close(): void {
    if (this.trace.outcome !== 'running') return;
    this.#rows.changed = new Set();
    this.#steps.end();
    this.#end.miss(this.trace);
    this.#options.onChange?.(this.#rows.changed);
  }

  #tell(event: Exclude<AgentEvent, { type: 'step' }>, agent: EventRow, atMs: number): void {
    if (event.type === 'run-start') this.#steps.expect(agent, atMs);
    else if (event.type === 'text') this.#hear(this.#steps.model(agent, event.step, atMs), event.text);
    else if (event.type === 'reasoning') this.#steps.model(agent, event.step, atMs);
    else if (event.type === 'retry') this.#retry(this.#steps.model(agent, event.step, atMs), event);
    else if (event.type === 'plan') {
      this.#plan(agent, event.plan, atMs);
      this.#steps.expect(agent, atMs);
    } else if (event.type === 'tool-call') this.#call(agent, event, atMs);
    else if (event.type === 'tool-result') this.#result(this.#call(agent, event, atMs), event, atMs);
    else if (event.type === 'code-output') this.#observe(this.#steps.step(agent, event.step ?? 0, atMs), event);
    else if (event.type === 'final-answer') {
      this.#rows.change(agent, { answer: event.output });
      if (!agent.parent) this.trace.answer = agent.source.now.answer;
    } else if (event.type === 'waiting') this.#rows.wait(agent, event.calls, atMs);
    else if (event.type === 'run-end') this.#endRun(agent, event, atMs);
  }

  /** The run of an event. One of a managed agent is the call that started it. */
  #agent(event: AgentEvent, atMs: number): EventRow {
    const known = this.#rows.get(event.runId);
    if (known?.kind === 'agent') return known;
    if (known) {
      known.kind = 'agent';
      this.#rows.spend(known, { toolCalls: -1 });
      const { arguments: given } = known.source.now;
      this.#rows.change(known, isRecord(given) && typeof given.task === 'string' ? { task: given.task } : {});
      known.path = [...known.path, known.subject];
      this.#keep(known);
      return known;
    }
    const subject = event.path.at(-1) ?? 'agent';
    const agent = this.#rows.open(event.runId, 'agent', {
      name: `${subject}.run`,
      subject,
      traceId: event.runId,
      atMs,
    });
    if (this.#rows.roots.length === 1) this.#keep(agent);
    if (event.type === 'run-start') this.#rows.change(agent, { task: event.task });
    else this.#repairs.push('The beginning of the run was not received.');
    const { task = '' } = agent.source.now;
    Object.assign(this.trace, { task, outcome: 'running', stoppedBy: undefined, answer: undefined });
    return agent;
  }

  #keep(agent: EventRow): void {
    const { origin } = this.#options;
    const told = origin && this.#rows.keep(origin, agent);
    if (told && !this.#repairs.includes(told)) this.#repairs.push(told);
  }

  #hear(model: EventRow, text: string): void {
    model.source.hear(text, model.kind);
    this.#rows.change(model, {});
  }

  #observe(step: EventRow, { logs, output, answer }: Event<'code-output'>): void {
    this.#rows.change(step, {
      observations: logs,
      ...(output !== undefined && { result: output }),
      ...(answer && { answer: answer.value }),
    });
  }

  #retry(model: EventRow, { attempt, reason, delayMs }: Event<'retry'>): void {
    const { fields } = model.source;
    fields.retries = [...(Array.isArray(fields.retries) ? fields.retries : []), { attempt, reason, delayMs }];
    model.source.reply = '';
    model.source.now = {};
    this.#rows.change(model, {});
  }

  #plan(agent: EventRow, { plan, usage, inputMessages, timing }: PlanningStep, atMs: number): void {
    const row = this.#steps.model(agent, undefined, atMs);
    row.source.reply = plan;
    row.source.given = inputMessages;
    this.#spend(row, usage);
    row.startMs = timing.startMs;
    this.#rows.change(row, { plan });
    this.#rows.end(row, timing.endMs);
  }

  /** The row of a call; of code that runs no row of its own, but its step's. */
  #call(agent: EventRow, { call, step: number = 0 }: Event<'tool-call' | 'tool-result'>, atMs: number): EventRow {
    const step = this.#steps.step(agent, number, atMs);
    const model = this.#steps.model(agent, number, atMs);
    if (model.state === 'running') this.#rows.end(model, atMs);
    if (/^(javascript|python)_interpreter$/.test(call.name) && typeof call.arguments === 'string') {
      this.#rows.change(step, { code: call.arguments });
      return step;
    }
    const id = `${agent.id}/${call.id}`;
    const known = this.#rows.get(id);
    if (known) return known;
    const { traceId } = agent;
    const row = this.#rows.open(id, 'tool', { name: call.name, subject: call.name, traceId, parent: step, atMs });
    row.source.fields['tool_call.id'] = call.id;
    this.#rows.change(row, { arguments: call.arguments });
    this.#rows.ask(step, model, call);
    return row;
  }

  #result(row: EventRow, { result }: Event<'tool-result'>, atMs: number): void {
    if (row.kind === 'step') return;
    const { answer } = row.source.now;
    const isAgent = row.kind === 'agent';
    this.#rows.change(row, isAgent ? { answer: answer ?? result.output } : { result: result.output ?? result.text });
    if (result.error) this.#fail(row, result.error);
    else if (isAgent) this.#rows.answered(row);
    if (isAgent) this.#steps.end(row);
    this.#rows.endAll(row, atMs);
    if (row.state === 'running') this.#rows.end(row, atMs);
  }

  #endStep(agent: EventRow, step: ActionStep, atMs: number, known: KnownTimes): void {
    const { text, toolCalls, code, observations, error, usage, timing, inputMessages, reasoning } = step;
    const row = this.#steps.step(agent, step.number, atMs);
    const isCut = error?.kind === 'aborted' || error?.kind === 'budget'; // nothing went wrong there
    if (isCutOff(step) && !row.children.length) {
      this.#rows.cutOff(row, timing);
      return;
    }
    const model = this.#steps.model(agent, step.number, atMs);
    this.#rows.endAll(row, atMs);
    if (this.#rows.isReopened(row)) retimeRest(row, timing.endMs, atMs);
    else retime(row, timing, atMs, known);
    if (usage || text || toolCalls.length) this.#spend(model, usage);
    Object.assign(model.source, { reply: text, given: inputMessages, now: {} });
    if (reasoning) model.source.fields.reasoning = reasoning;
    this.#rows.change(model, {
      ...thoughtAndCode(text),
      ...(toolCalls.length && code === undefined && { arguments: toolCalls.map(({ id: _, ...call }) => call) }),
    });
    const isLastWord = error?.code === 'max_steps';
    const failure = isCut || (isLastWord && step.output !== undefined) ? undefined : error;
    if (isCut) row.stoppedBy = error?.kind;
    row.error = failure; // before what is below it is asked whether it recovered
    if (error?.code === 'generation') this.#fail(model, error);
    if (isLastWord) Object.assign(row, { kind: 'other', subject: 'Last word' }); // no step: there are as many as were allowed
    if (failure) this.#fail(row, failure);
    Object.assign(row.source.fields, { usage, finishReason: step.finishReason, notes: step.notes });
    row.source.now = {};
    this.#rows.change(row, {
      ...model.source.now,
      ...(code !== undefined && { code }),
      ...(observations !== undefined && { observations }),
      ...('finalAnswer' in step ? { answer: step.finalAnswer } : {}),
    });
    if (row.endMs !== undefined) this.#rows.end(row, row.endMs);
    if (!failure) this.#rows.recover();
  }

  #endRun(agent: EventRow, { state, error }: Event<'run-end'>, atMs: number): void {
    if (error && (state === 'error' || state === 'max_steps_error')) this.#fail(agent, error);
    if (state !== 'success' && state !== 'error') agent.stoppedBy = state;
    if (state === 'success' && !agent.error) this.#rows.answered(agent);
    this.#steps.end(agent);
    this.#rows.endAll(agent, atMs, state);
    this.trace.outcome = OUTCOMES[state] ?? 'stopped';
    this.trace.stoppedBy = agent.stoppedBy;
  }

  #fail(row: Row, { type, message }: ErrorRecord): void {
    this.#rows.fail(row, {
      type,
      message,
      get line() {
        return lineOf(message, row.source.said(row).code);
      },
    });
    if (row.state !== 'running') this.#rows.end(row, row.endMs ?? row.startMs);
  }

  /** What a reply cost: once, also where its step is told again. */
  #spend(row: Row, usage: TokenUsage | undefined): void {
    const { inputTokens, outputTokens, uncountedCalls } = row.own;
    const { prices, modelId } = this.#options;
    if (!inputTokens && !outputTokens && !uncountedCalls) this.#rows.spend(row, sumsOf(usage, prices, modelId));
  }
}
