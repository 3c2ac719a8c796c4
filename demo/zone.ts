import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { ToolCallingAgent, tool } from 'smolagents-web';
import { SmolagentsInstrumentor } from 'smolagents-web/telemetry';
import { call, finalAnswer, scriptedModel } from 'smolagents-web/testing';
import { registerZoneContext } from 'smolagents-web/zone';

/** Put in by the build: how this script was made. */
declare const BUILD: string;

const OWN_SPAN = 'read the station';
const TOOL = 'temperature';

/** What a library would do that knows nothing of agents. */
async function readStation(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  const span = trace.getTracer('weather').startSpan(OWN_SPAN);
  await new Promise((resolve) => setTimeout(resolve, 5));
  span.end();
  return 17;
}

async function main(): Promise<void> {
  registerZoneContext();
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(tracerProvider);
  new SmolagentsInstrumentor().instrument({ tracerProvider });
  const temperature = tool({
    name: TOOL,
    description: 'Temperature in Rome, in degrees Celsius.',
    inputs: {},
    execute: async () => await readStation(),
  });
  const model = scriptedModel(call(TOOL, {}), finalAnswer('17 degrees'));

  await new ToolCallingAgent({ model, tools: [temperature] }).run('How warm is it in Rome?');

  show(exporter.getFinishedSpans());
}

function show(spans: readonly ReadableSpan[]): void {
  const own = spans.find(({ name }) => name === OWN_SPAN);
  const parent = spans.find((span) => span.spanContext().spanId === own?.parentSpanContext?.spanId);
  const isKept = parent?.name === TOOL;
  put('build', BUILD);
  put('tree', treeOf(spans).join('\n'));
  put(
    'verdict',
    isKept
      ? `"${OWN_SPAN}", opened after an await, has the tool as its parent.`
      : `"${OWN_SPAN}", opened after an await, has no parent: it began a trace of its own.`,
  ).className = isKept ? 'kept' : 'lost';
}

function treeOf(spans: readonly ReadableSpan[], parent?: string, depth = 0): string[] {
  return spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
    .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...treeOf(spans, span.spanContext().spanId, depth + 1)]);
}

function put(id: string, text: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  element.textContent = text;
  return element;
}

void main();
