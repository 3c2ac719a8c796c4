import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { HfApiModel, ToolCallingAgent } from 'smolagents-web';
import { runWatcher } from 'smolagents-web/telemetry';

const { process } = globalThis as { process?: { env: Record<string, string> } };
if (process) process.env.OPENINFERENCE_HIDE_OUTPUTS = 'true'; // as an app's own set-up may do

const exporter = new InMemorySpanExporter();
const tracerProvider = new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const telemetry = runWatcher({ tracerProvider }); // outside of a request, where no `env` is passed

/** Answers what the trace of a run tells of its input and output, and which token its model sent. */
export default {
  async fetch(): Promise<Response> {
    let token: string | null = null;
    const message = {
      role: 'assistant',
      content: '',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'final_answer', arguments: '{"answer":"the output"}' } },
      ],
    };
    await new ToolCallingAgent({ model: new HfApiModel({ endpointUrl: 'https://model.test' }), tools: [] }).run(
      'the input',
      {
        telemetry,
        fetch: async (input, init) => {
          token = new Request(input, init).headers.get('authorization');
          return Response.json({
            id: 'r',
            object: 'chat.completion',
            created: 0,
            model: 'm',
            choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
            usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
          });
        },
      },
    );
    const attributes = exporter.getFinishedSpans().at(-1)?.attributes;
    return Response.json({ input: attributes?.['input.value'], output: attributes?.['output.value'], token });
  },
};
