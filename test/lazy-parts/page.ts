import { DiagLogLevel, diag } from '@opentelemetry/api';
import { CodeAgent, OpenAIModel, ToolCallingAgent, tool, VisitWebpageTool, WikipediaSearchTool } from 'smolagents-web';
import { startTelemetry } from 'smolagents-web/telemetry';
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
};
export type RunName = keyof typeof runs;

Object.assign(globalThis, { runs });

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
