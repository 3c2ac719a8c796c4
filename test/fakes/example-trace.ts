import { type Attributes, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';

/** The tree of `exampleTrace`, as `treeOf` tells it. */
export const EXAMPLE_TREE = [
  'AGENT CodeAgent.run',
  '  CHAIN Step 1',
  '    LLM OpenAIModel.generate',
  '    TOOL GrowthRateTool',
];
/** Prompt and completion together. */
export const EXAMPLE_TOKENS = 125;

const ENCODINGS = {
  protobuf: { serializer: ProtobufTraceSerializer, contentType: 'application/x-protobuf' },
  json: { serializer: JsonTraceSerializer, contentType: 'application/json' },
};

/** A small run made by hand with OpenTelemetry's own SDK: what a receiver is tried with before the SDK's own spans. */
export function exampleTrace(project: string, sessionId: string) {
  const exporter = new InMemorySpanExporter();
  const provider = new WebTracerProvider({
    resource: resourceFromAttributes({ 'openinference.project.name': project }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('example');
  let startMs = Date.now();
  const open = (name: string, kind: string, attributes: Attributes, parent?: Span) => {
    startMs += 1; // no two at once: their order is told by it
    const own = { 'openinference.span.kind': kind, 'session.id': sessionId, ...attributes };
    const above = parent ? trace.setSpan(context.active(), parent) : context.active();
    return tracer.startSpan(name, { attributes: own, startTime: startMs }, above);
  };
  const root = open('CodeAgent.run', 'AGENT', { 'input.value': 'How fast?', 'output.value': '2.8' });
  const step = open('Step 1', 'CHAIN', {}, root);
  const tokens = { 'llm.token_count.prompt': 100, 'llm.token_count.completion': 25, 'llm.token_count.total': 125 };
  open('OpenAIModel.generate', 'LLM', { 'llm.model_name': 'gpt-4o-mini', ...tokens }, step).end();
  const tool = open('GrowthRateTool', 'TOOL', { 'tool.name': 'growth_rate' }, step);
  tool.recordException(new Error('no such year'));
  tool.setStatus({ code: SpanStatusCode.ERROR, message: 'Error: no such year' });
  for (const span of [tool, step, root]) span.end();
  return exporter.getFinishedSpans();
}

/** The status of the answer to one OTLP request with these spans. */
export async function sendSpans(
  url: string,
  spans: ReturnType<typeof exampleTrace>,
  format: keyof typeof ENCODINGS,
): Promise<number> {
  const { serializer, contentType } = ENCODINGS[format];
  const bytes = serializer.serializeRequest(spans);
  if (!bytes) throw new Error('the spans could not be encoded');
  const body = Uint8Array.from(bytes); // of its own buffer, which is what fetch takes
  const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body });
  return status;
}
