import { resourceFromAttributes } from '@opentelemetry/resources';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { type Fetch, OpenAIModel, ToolCallingAgent, tool } from 'smolagents-web';
import { FetchBatchSpanProcessor, SmolagentsInstrumentor } from 'smolagents-web/telemetry';

export interface TracedRunOptions {
  url: string;
  format: 'protobuf' | 'json';
  project: string;
  sessionId: string;
}

const REPLIES = [
  { tool_calls: [call('growth_rate', { year: 2042 }, 'c1')] },
  { tool_calls: [call('growth_rate', { year: 2024 }, 'c2')] },
  { tool_calls: [call('final_answer', { answer: '2.8 percent' }, 'c3')] },
];
/** Prompt and completion tokens of each reply. */
export const REPLY_TOKENS = { prompt: 1_000, completion: 200 };

/**
 * A run with a session and a tool call that fails, sent to a collector; everything but the collector is inside. Gives the answer
 * and how many spans of it were flushed. Runs wherever the SDK does.
 */
export async function tracedRun({ url, format, project, sessionId }: TracedRunOptions): Promise<string> {
  const tracerProvider = new WebTracerProvider({
    resource: resourceFromAttributes({ 'openinference.project.name': project }),
    spanProcessors: [new FetchBatchSpanProcessor({ url, format })],
  });
  const instrumentor = new SmolagentsInstrumentor();
  instrumentor.instrument({ tracerProvider });
  const growthRate = tool({
    name: 'growth_rate',
    description: 'Growth of the US economy in a year, in percent.',
    inputs: { year: { type: 'integer', description: 'The year.' } },
    execute: ({ year }: { year: number }) => {
      if (year > 2026) throw new RangeError(`${year} is not over`);
      return 2.8;
    },
  });
  const model = new OpenAIModel({ modelId: 'gpt-4o-mini', apiBase: 'https://api.openai.com/v1', apiKey: 'sk-test' });
  const agent = new ToolCallingAgent({ model, tools: [growthRate] });
  const answer = await agent.run('How fast does it grow?', {
    fetch: answering(REPLIES),
    telemetry: instrumentor.forRun({ sessionId, userId: 'ada' }),
  });
  instrumentor.uninstrument();
  await tracerProvider.shutdown();
  return String(answer);
}

/** A `fetch` that answers the model's requests in order. */
function answering(messages: readonly object[]): Fetch {
  const left = [...messages];
  return async () =>
    Response.json({
      id: 'r',
      object: 'chat.completion',
      created: 0,
      model: 'gpt-4o-mini',
      choices: [
        { index: 0, message: { role: 'assistant', content: null, ...left.shift() }, finish_reason: 'tool_calls' },
      ],
      usage: {
        prompt_tokens: REPLY_TOKENS.prompt,
        completion_tokens: REPLY_TOKENS.completion,
        total_tokens: REPLY_TOKENS.prompt + REPLY_TOKENS.completion,
      },
    });
}

function call(name: string, args: object, id: string) {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
}
