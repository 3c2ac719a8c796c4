import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { ToolCallingAgent, tool } from 'smolagents-web';
import { runWatcher } from 'smolagents-web/telemetry';
import { calls, finalAnswer, scriptedModel } from 'smolagents-web/testing';

export interface TracedRequest {
  url: string;
  method: 'GET' | 'POST';
  /** Origins beside the page's own that may be told of the trace. */
  propagateTo: readonly string[];
}

export interface TracedReply {
  /** What the address answered, or why it could not be asked. */
  answer: string;
  /** Spans of requests in order of their ends: id and status. */
  requests: readonly { id: string; status: unknown }[];
}

/** Has a tool of a traced run ask for an address. Runs wherever the SDK does. */
export async function tracedRequest({ url, method, propagateTo }: TracedRequest): Promise<TracedReply> {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let answer = '';
  const ask = tool({
    name: 'ask',
    description: 'Asks.',
    inputs: {},
    execute: async (_args: object, handle) => {
      const init = method === 'POST' ? { method, body: 'text' } : {};
      answer = await handle.fetch(url, init).then((response) => response.text(), String);
      return 'asked';
    },
  });
  const model = scriptedModel(calls(['ask', {}]), finalAnswer('done'));
  await new ToolCallingAgent({ model, tools: [ask] }).run('Ask.', {
    telemetry: runWatcher({ tracerProvider, propagateTo }),
  });
  const requests = exporter
    .getFinishedSpans()
    .filter(({ name }) => name === method)
    .map((span) => ({ id: span.spanContext().spanId, status: span.attributes['http.response.status_code'] }));
  return { answer, requests };
}
