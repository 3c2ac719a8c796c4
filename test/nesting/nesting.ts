import { context, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { type AnyTool, ToolCallingAgent, type ToolHandle, tool } from 'smolagents-web';
import { SmolagentsInstrumentor } from 'smolagents-web/telemetry';
import { calls, finalAnswer, scriptedModel } from 'smolagents-web/testing';

/**
 * How the tools of the runs open spans of their own: by the handle; as an app does that knows nothing of the SDK; or so in a
 * generator, each part of which is entered by the handle's `with`.
 */
export type NestingStyle = 'handle' | 'ambient' | 'generator';

/** What became of the spans of runs that went on at the same time. */
export interface NestingReport {
  spans: number;
  /** Spans below exactly the spans that they belong below, up to the root of their own run. */
  right: number;
  traces: number;
  /** Some of the paths that should not be, for a person. */
  wrong: readonly string[];
}

const RUNS = 4;
const AGENTS = ['a', 'b'];
const TOOLS = ['first', 'second'];
const MAX_TOLD = 8;
/** An app's own tracer knows no more of the SDK than the global API. */
const APP = 'app';

/**
 * Starts four runs at once, each a manager with two managed agents at once, each with two tools that open spans of their own
 * after an `await`, and compares the path of every span with where it belongs. Runs wherever the SDK does.
 */
export async function runNesting(style: NestingStyle): Promise<NestingReport> {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(tracerProvider);
  const instrumentor = new SmolagentsInstrumentor();
  instrumentor.instrument({ tracerProvider });
  const runs = Array.from({ length: RUNS }, (_, index) => `r${index}`);
  try {
    await Promise.all(runs.map((name) => manager(name, style).run('Go.')));
  } finally {
    instrumentor.uninstrument();
    trace.disable();
  }
  const spans = exporter.getFinishedSpans();
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const pathOf = (span: (typeof spans)[number]): string => {
    const parent = byId.get(span.parentSpanContext?.spanId ?? '');
    return parent ? `${pathOf(parent)} > ${span.name}` : span.name;
  };
  return compare(
    spans.map(pathOf),
    runs.flatMap(expectedPaths),
    new Set(spans.map((span) => span.spanContext().traceId)),
  );
}

function compare(found: readonly string[], expected: readonly string[], traces: ReadonlySet<string>): NestingReport {
  const left = [...expected];
  const wrong: string[] = [];
  for (const path of found) {
    const index = left.indexOf(path);
    if (index >= 0) left.splice(index, 1);
    else wrong.push(path);
  }
  const missing = left.map((path) => `missing: ${path}`);
  return {
    spans: expected.length,
    right: expected.length - left.length,
    traces: traces.size,
    wrong: [...wrong, ...missing].slice(0, MAX_TOLD),
  };
}

function manager(name: string, style: NestingStyle): ToolCallingAgent {
  const managedAgents = AGENTS.map((agent) => member(`${name}_${agent}`, style));
  const both = calls(...managedAgents.map((agent) => [agent.name ?? '', { task: 'Go.' }] as const));
  return new ToolCallingAgent({ name, model: scriptedModel(both, finalAnswer('done')), tools: [], managedAgents });
}

function member(name: string, style: NestingStyle): ToolCallingAgent {
  const tools = TOOLS.map((last) => nestingTool(`${name}_${last}`, style));
  const both = calls(...tools.map((each) => [each.name, {}] as const));
  return new ToolCallingAgent({
    name,
    description: 'Calls its tools.',
    model: scriptedModel(both, finalAnswer('done')),
    tools,
  });
}

function nestingTool(name: string, style: NestingStyle): AnyTool {
  return tool({
    name,
    description: 'Opens spans of its own.',
    inputs: {},
    execute: async (_args: object, handle) => {
      if (style === 'handle') await openByHandle(name, handle);
      else if (style === 'ambient') await openAmbiently(name);
      else await driven(openByParts(name), handle.with);
      return name;
    },
  });
}

async function openByHandle(name: string, handle: ToolHandle): Promise<void> {
  await handle.span(`${name} before`, () => {});
  await pause();
  await handle.span(`${name} own`, async (inner) => {
    await pause();
    await inner.span(`${name} nested`, pause);
  });
}

async function openAmbiently(name: string): Promise<void> {
  const tracer = trace.getTracer(APP);
  tracer.startSpan(`${name} before`).end();
  await pause();
  const own = tracer.startSpan(`${name} own`);
  await context.with(trace.setSpan(context.active(), own), async () => {
    await pause();
    tracer.startSpan(`${name} nested`).end();
  });
  own.end();
}

function* openByParts(name: string): Generator<Promise<void>, void> {
  const tracer = trace.getTracer(APP);
  tracer.startSpan(`${name} before`).end();
  yield pause();
  const own = tracer.startSpan(`${name} own`);
  const inside = trace.setSpan(context.active(), own);
  yield pause();
  context.with(inside, () => tracer.startSpan(`${name} nested`).end());
  own.end();
}

/** Runs a generator to its end: each part inside of `enter`, after what the part before has yielded. */
async function driven(parts: Generator<Promise<void>, void>, enter: ToolHandle['with']): Promise<void> {
  for (let part = enter(() => parts.next()); !part.done; part = enter(() => parts.next())) await part.value;
}

/** A turn of promises and one of timers, so that other runs go on meanwhile. */
async function pause(): Promise<void> {
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Paths of names from the root of a run of this name to each of its spans. */
function expectedPaths(name: string): string[] {
  const root = `${name}.run`;
  return [root, ...steps(root), ...AGENTS.flatMap((agent) => memberPaths(`${root} > Step 1 > `, `${name}_${agent}`))];
}

function memberPaths(above: string, name: string): string[] {
  const root = `${above}${name}.run`;
  const tools = TOOLS.flatMap((last) => {
    const toolName = `${name}_${last}`;
    const path = `${root} > Step 1 > ${toolName}`;
    const own = `${path} > ${toolName} own`;
    return [path, `${path} > ${toolName} before`, own, `${own} > ${toolName} nested`];
  });
  return [root, ...steps(root), ...tools];
}

/** Two steps, the second of which gives the answer. */
function steps(root: string): string[] {
  const models = ['Step 1', 'Step 2'].flatMap((step) => [
    `${root} > ${step}`,
    `${root} > ${step} > ScriptedModel.generate`,
  ]);
  return [...models, `${root} > Step 2 > FinalAnswerTool`];
}
