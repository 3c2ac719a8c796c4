import {
  type Attributes,
  type AttributeValue,
  type Context,
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type Outcome, type Scope, unwatched, type Work } from '../../agents/scope';
import { tell } from '../tell';
import { keepClock, type TraceClock } from '../trace-clock';
import { AttributeWriter, type Veil } from './attribute-writer';
import { modelSpanName } from './model-attributes';
import { type EndTelling, type Failure, failureOf, putEnd, putStart } from './scope-entries';

/** How the scopes of one run are drawn, the same for all of them. */
export interface Drawing extends Omit<EndTelling, 'team' | 'isRoot'>, Veil {
  tracer: Tracer;
  clock: TraceClock;
  /** What stands on every span. */
  facts: Attributes;
  /** Whether a request to this address may carry `traceparent`. */
  propagates(url: string): boolean;
  /** Told of a span that lost attributes to its provider's limit. */
  onDropped(kept: number): void;
}

/** How many attributes of the app's own come before what a span has at its end: a provider may keep no more than 128. */
const EARLY_ATTRIBUTES = 40;
const TOLD_SKEW_MS = 1000;
const NO_TEAM: ReadonlySet<string> = new Set();

/** A scope drawn as a span. Nothing that goes wrong here reaches the run: it is told to OpenTelemetry's `diag` logger. */
export class OtelScope implements Scope {
  readonly context: Context;
  readonly #span: Span;
  readonly #writer: AttributeWriter;
  readonly #work: Work;
  readonly #drawing: Drawing;
  readonly #isRoot: boolean;
  /** Names of the agents that the run of this scope manages. */
  readonly #team: ReadonlySet<string>;
  /** Attributes of the app's own that have to wait for what matters more. */
  #later: [string, AttributeValue | undefined][] = [];
  #ended = false;

  constructor(work: Work, parent: Context, drawing: Drawing, { isRoot = false, team = NO_TEAM } = {}) {
    this.#work = work;
    this.#drawing = drawing;
    this.#isRoot = isRoot;
    this.#team = work.type === 'run' ? new Set(work.managedAgents.map(({ name }) => name)) : team;
    const kind = work.type === 'request' ? SpanKind.CLIENT : SpanKind.INTERNAL;
    this.#span = drawing.tracer.startSpan(spanName(work, drawing), { kind, startTime: drawing.clock.now() }, parent);
    this.#writer = new AttributeWriter(this.#span, drawing);
    keepClock(this.#span, drawing.clock);
    this.context = trace.setSpan(parent, this.#span);
    if (this.#span.isRecording()) this.#safely(() => this.#begin());
  }

  #begin(): void {
    const [work, drawing] = [this.#work, this.#drawing];
    if (work.type === 'span') this.#span.updateName(this.#writer.veil(work.name));
    putStart(this.#writer.put, work, this.#telling());
    const own = { ...(work.type === 'span' && work.attributes), ...drawing.facts };
    const names = Object.keys({ ...drawing.facts, ...own }); // facts first
    for (const name of names.splice(0, EARLY_ATTRIBUTES)) this.#writer.writeOwn(name, own[name]);
    this.#later = names.map((name) => [name, own[name]]);
  }

  get traceparent(): string | undefined {
    if (this.#work.type === 'request' && !this.#drawing.propagates(this.#work.url)) return undefined;
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    const flags = traceFlags.toString(16).padStart(2, '0');
    return isSpanContextValid({ traceId, spanId, traceFlags }) ? `00-${traceId}-${spanId}-${flags}` : undefined;
  }

  with<T>(fn: () => T): T {
    return context.with(this.context, fn);
  }

  child(work: Work): Scope {
    const drawing = this.#drawing;
    // smolagents has no spans of requests; what is sent is then this scope's own
    if (drawing.strict && work.type === 'request') return new Passed(this, drawing.propagates(work.url));
    try {
      return new OtelScope(work, this.context, drawing, { team: this.#team });
    } catch (error) {
      tell('error', 'smolagents-web: a span could not be started', error);
      return unwatched;
    }
  }

  end(outcome?: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#span.isRecording()) this.#safely(() => this.#describe(outcome));
    this.#safely(() => this.#span.end(this.#drawing.clock.now()));
  }

  /** Kind, tokens, status and output come before the messages of a model call, which a provider may drop. */
  #describe(outcome: Outcome | undefined): void {
    const failure = failureOf(outcome, this.#drawing);
    this.#span.setStatus(
      failure
        ? { code: SpanStatusCode.ERROR, message: this.#writer.veil(failure.status) }
        : { code: SpanStatusCode.OK },
    );
    if (failure) this.#recordFailure(failure);
    putEnd(this.#writer.put, this.#work, outcome, this.#telling());
    for (const [name, value] of this.#later) this.#writer.writeOwn(name, value);
    if (this.#isRoot && !this.#drawing.strict) this.#tellSkew();
    this.#noticeDropped();
  }

  #telling(): EndTelling {
    const { strict, genAiContent, masking } = this.#drawing;
    return { strict, genAiContent, masking, isRoot: this.#isRoot, team: this.#team };
  }

  #recordFailure({ type, message, stack, recorded }: Failure): void {
    if (!recorded) return;
    const isTwice = this.#drawing.strict && this.#work.type === 'step'; // as smolagents' instrumentor does
    const attributes = {
      'exception.type': this.#writer.veil(type),
      'exception.message': this.#writer.veil(message),
      'exception.stacktrace': this.#writer.veil(stack),
      'exception.escaped': 'False',
    };
    for (let count = isTwice ? 2 : 1; count > 0; count -= 1)
      this.#span.addEvent('exception', attributes, this.#drawing.clock.now());
  }

  /** Times of a trace go on from its beginning; where the machine slept in between they are behind by this. */
  #tellSkew(): void {
    const skewMs = Math.round(this.#drawing.clock.skewMs());
    if (Math.abs(skewMs) > TOLD_SKEW_MS) this.#writer.put('smolagents.clock_skew_ms', skewMs);
  }

  #noticeDropped(): void {
    const { droppedAttributesCount: dropped, attributes }: Partial<Record<string, unknown>> = {
      ...readable(this.#span),
    };
    if (typeof dropped === 'number' && dropped > 0) this.#drawing.onDropped(Object.keys(attributes ?? {}).length);
  }

  #safely(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      tell('error', 'smolagents-web: a span could not be written', error);
    }
  }
}

/** Work that is not drawn: what it holds belongs to the scope around it. */
class Passed implements Scope {
  readonly #around: Scope;
  readonly traceparent: string | undefined;

  constructor(around: Scope, propagates: boolean) {
    this.#around = around;
    this.traceparent = propagates ? around.traceparent : undefined;
  }

  get context(): unknown {
    return this.#around.context;
  }

  child(work: Work): Scope {
    return this.#around.child(work);
  }

  with<T>(fn: () => T): T {
    return this.#around.with(fn);
  }

  end(): void {}
}

/** What providers of the SDK keep on a span beside the interface. */
function readable(span: Span): { droppedAttributesCount: unknown; attributes: unknown } {
  return {
    droppedAttributesCount: 'droppedAttributesCount' in span ? span.droppedAttributesCount : undefined,
    attributes: 'attributes' in span ? span.attributes : undefined,
  };
}

function spanName(work: Work, { strict }: Drawing): string {
  switch (work.type) {
    case 'run':
      return `${work.agentName ?? work.agentClass}.run`;
    case 'step':
      return `Step ${work.number}`;
    case 'model':
      return modelSpanName(work);
    case 'tool':
      return work.tool.spanName ?? (strict ? 'SimpleTool' : work.tool.name);
    case 'span':
      return 'span'; // the app's own name follows when it was looked at
    case 'request':
      return work.method;
  }
}
