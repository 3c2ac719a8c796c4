import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { CodeAgent, type Fetch, OpenAIModel, ToolCallingAgent, tool } from 'smolagents-web';
import { redactor, runWatcher } from 'smolagents-web/telemetry';
import { virtualClock } from 'smolagents-web/testing';
import { ChatScript } from '../chat-script';
import { holding } from '../holding-fetch';
import { scriptedResponse } from '../scripted-response';
import type { Serve } from '../serving';
import type { SecretsCase, SecretsConfig, SecretsRun } from './case';
import { consoleLines } from './console-lines';
import { openReceiver, type Receiver } from './receiver';
import { repliesOf } from './script';

/** All that expectations look at. */
export interface Played {
  bodies: readonly Uint8Array[];
  requests: readonly string[];
  lines: readonly string[];
  /** Real time that redaction took, all texts of the run together. */
  redactMs: number;
}

/** Runs the agent of a case once; whether the run ends well is not looked at. */
export async function play({ config = {}, run = {} }: SecretsCase, serve: Serve): Promise<Played> {
  const script = new ChatScript(repliesOf(run));
  const { response } = run;
  const answer = async (request: Request) =>
    response ? scriptedResponse(response.body ?? '', { status: response.status ?? 200 }) : script.answer(request);
  const model = await serve(answer);
  const receiver = await openReceiver(serve, config.exporterHeaders ?? {});
  const time = { redactMs: 0 };
  try {
    const fetch = modelFetch(run, model.url, model.fetch);
    const { lines } = await consoleLines(() => traced(config, run, fetch, receiver, time));
    return { bodies: receiver.bodies, requests: receiver.requests, lines, ...time };
  } finally {
    await receiver.close();
    await model.close();
  }
}

async function traced(
  config: SecretsConfig,
  run: SecretsRun,
  fetch: Fetch,
  { processor }: Receiver,
  time: { redactMs: number },
): Promise<void> {
  const tracerProvider = new WebTracerProvider({
    spanProcessors: [processor],
    spanLimits: { attributeCountLimit: 10_000 },
  });
  const { exporterHeaders: _, redact: option, ...masking } = config;
  const redactText = option ? await redactor(option) : (text: string) => text;
  const redact = (text: string): string => {
    const startMs = performance.now();
    const clean = redactText(text);
    time.redactMs += performance.now() - startMs;
    return clean;
  };
  const telemetry = runWatcher({ tracerProvider, ...masking, ...(option && { redact }) });
  const images = run.image === undefined ? {} : { images: [run.image] };
  const clock = virtualClock(Date.UTC(2025, 0, 1));
  try {
    const options = { telemetry, fetch: holding(clock, fetch), clock, ...images };
    await agentOf(run).run(run.task ?? 'add 1 and 2', options);
  } catch (error) {
    if (error instanceof Error && error.name === 'AgentConfigurationError') throw error;
  } finally {
    await tracerProvider.shutdown();
  }
}

/** Every address of the model leads to the script. */
function modelFetch({ modelErrorCause }: SecretsRun, url: string, fetch: Fetch): Fetch {
  return (_input, init) => {
    if (modelErrorCause === undefined) return fetch(`${url}/v1/chat/completions`, init);
    return Promise.reject(new Error('fetch failed', { cause: new Error(modelErrorCause) }));
  };
}

function agentOf(run: SecretsRun): CodeAgent | ToolCallingAgent {
  const model = new OpenAIModel({
    modelId: 'gpt-4o-mini',
    apiBase: run.endpoint ?? 'https://llm.example/v1',
    maxRetries: 0,
    ...(run.modelKey !== undefined && { apiKey: run.modelKey }),
    ...(run.headers && { headers: run.headers }),
    ...(run.modelParams && { parameters: run.modelParams }),
  });
  const helper = { name: 'helper', description: 'Helps.' };
  const settings = {
    model,
    tools: toolsOf(run),
    managedAgents: run.managed ? [new ToolCallingAgent({ model, ...helper })] : [],
    ...(run.streamAnswer && { streamOutputs: true }),
  };
  return run.code === undefined ? new ToolCallingAgent(settings) : new CodeAgent(settings);
}

function toolsOf({ tools = [], toolCall, toolThrows }: SecretsRun) {
  const number = { type: 'number', description: 'A number.' } as const;
  const add = tool({
    name: 'add',
    description: 'Adds two numbers.',
    inputs: { a: number, b: number },
    execute: ({ a, b }: { a: number; b: number }) => a + b,
  });
  const visit = tool({
    name: 'visit',
    description: 'Visits an address.',
    inputs: { url: { type: 'string', description: 'The address.' } },
    execute: () => 'ok',
  });
  const fails = tool({
    name: 'fails',
    description: 'Fails.',
    inputs: {},
    execute: (): string => {
      throw new Error(toolThrows ?? '');
    },
  });
  const further = new Set([...tools, ...(toolCall === undefined ? [] : [toolCall])]);
  for (const known of ['add', 'visit', 'fails', 'final_answer']) further.delete(known);
  const others = [...further].map((name) => tool({ name, description: 'One more.', inputs: {}, execute: () => 'ok' }));
  return [add, visit, fails, ...others];
}
