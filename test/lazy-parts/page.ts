import { DiagLogLevel, diag, SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import {
  type AgentRun,
  CodeAgent,
  OpenAIModel,
  RemoteAgent,
  type RunOptions,
  ToolCallingAgent,
  tool,
  VisitWebpageTool,
  WikipediaSearchTool,
} from 'smolagents-web';
import { runWatcher, startTelemetry } from 'smolagents-web/telemetry';
import { call, code, finalAnswer, scriptedModel } from 'smolagents-web/testing';

const double = tool({
  name: 'double',
  description: 'Twice a number.',
  inputs: { number: { type: 'number', description: 'Any.' } },
  execute: async ({ number }: { number: number }) => 2 * number,
});
const tools = [double, new VisitWebpageTool(), new WikipediaSearchTool()];
const article = { query: { pages: [{ title: 'Tide', extract: 'The sea rises and falls.' }] } };
const wikipedia = async () => Response.json(article);

/** Runs of agents, for the test, which calls them from outside. Each gives what became of the run, in words. */
const runs = {
  plain: () => asked(scriptedModel(call('double', { number: 21 }), finalAnswer(42))),
  searching: () => asked(scriptedModel(call('wikipedia_search', { query: 'tide' }), finalAnswer('it rises'))),
  // no port 1: it is never reached where the model's own part is missing
  chatting: () => asked(new OpenAIModel({ modelId: 'm', apiBase: 'http://127.0.0.1:1', maxRetries: 0 })),
  watched: async () => {
    const told: string[] = [];
    const tell = (...words: unknown[]) => void told.push(words.map(String).join(' '));
    diag.setLogger({ error: tell, warn: tell, info: tell, debug: tell, verbose: tell }, DiagLogLevel.WARN);
    const url = new URL('/v1/traces', location.href).href;
    const telemetry = startTelemetry({ url });
    const answer = await asked(scriptedModel(finalAnswer(42)));
    const { ended } = await telemetry.shutdown();
    return [`${ended} spans`, answer, ...told].join('\n');
  },
  coding: () =>
    new CodeAgent({ tools, model: scriptedModel(code('final_answer(await double(21))')) }).run('Go.').catch(String),
  ending: () =>
    ended((options) => new ToolCallingAgent({ model: scriptedModel(finalAnswer(42)) }).stream('Go.', options)),
  // without a worker behind it: it is never asked where the part that asks is missing
  remoteEnding: () => ended((options) => new RemoteAgent({ url: 'http://127.0.0.1:1' }).stream('Go.', options)),
};
export type RunName = keyof typeof runs;

const aborter = new AbortController();
Object.assign(globalThis, { runs, abort: () => aborter.abort('enough of it') });

/** The events of a run that can be aborted from outside, its spans and its failure. */
async function ended(start: (options: Pick<RunOptions, 'signal' | 'telemetry'>) => AgentRun): Promise<string> {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const events: string[] = [];
  let failure = '';
  try {
    const run = start({ signal: aborter.signal, telemetry: runWatcher({ tracerProvider }) });
    for await (const { type } of run) events.push(type);
  } catch (error) {
    failure = String(error);
  }
  const drawn = spans.getFinishedSpans().map(({ name, status }) => `${name} ${SpanStatusCode[status.code]}`);
  return [events.join(', '), drawn.join(', '), failure].join('\n');
}

async function asked(model: OpenAIModel | ReturnType<typeof scriptedModel>): Promise<string> {
  const agent = new ToolCallingAgent({ tools, model });
  try {
    const { output, steps } = await agent.run('Go.', { fetch: wikipedia, returnFullResult: true });
    const seen = steps.flatMap((step) =>
      step.type === 'action' ? [step.error?.message ?? step.observations ?? ''] : [],
    );
    return [...seen, output].join('\n');
  } catch (error) {
    return String(error);
  }
}
