import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { CodeAgent, OpenAIModel, ToolCallingAgent } from 'smolagents-web';
import { runWatcher, usingAttributes } from 'smolagents-web/telemetry';
import { virtualClock } from 'smolagents-web/testing';
import { ChatScript } from '../chat-script';
import { holding } from '../holding-fetch';
import { isObject } from '../json';
import { CaseError } from '../player';
import type { Serve } from '../serving';
import type { AgentSpec, GoldenFile } from './golden-file';
import { promptsOf } from './prompts';
import { StandIns } from './stand-ins';

export type Compat = 'strict' | 'improved';

/** What came of the run of a file. */
export interface Played {
  spans: readonly ReadableSpan[];
  /** Bodies of the model's requests. */
  requests: readonly Readonly<Record<string, unknown>>[];
  result: unknown;
  error: unknown;
  threw: boolean;
  /** Of the script and the stand-ins. */
  problems: readonly string[];
}

/** Runs the agent of a file once, with its script behind a server, and collects the spans. */
export async function play(file: GoldenFile, compat: Compat, serve: Serve): Promise<Played> {
  const script = new ChatScript(file.script_js ?? file.script);
  const standIns = new StandIns(file);
  const served = await serve(script.answer);
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new WebTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    spanLimits: { attributeCountLimit: 10_000 },
  });
  try {
    const model = new OpenAIModel({
      modelId: file.model.model_id,
      apiBase: `${served.url}/v1`,
      apiKey: 'x',
      maxRetries: 0,
      ...(file.model.kwargs && { parameters: file.model.kwargs }),
    });
    const agent = agentOf(file.agent, file, model, standIns);
    const images = imagesOf(file);
    const clock = virtualClock(Date.UTC(2025, 0, 1));
    const options = {
      telemetry: runWatcher({ tracerProvider, compat }),
      clock,
      fetch: holding(clock, served.fetch),
      ...(images.length && { images }),
      ...(file.run.additional_args && { additionalArgs: file.run.additional_args }),
    };
    const run = () => start(agent, file, options);
    const ended = await outcome(file.context ? usingAttributes(factsOf(file.context), run) : run());
    await tracerProvider.forceFlush();
    const missed = script.missed ? [`script: ${script.missed} requests more than it has replies`] : [];
    const left = script.left ? [`script: ${script.left} replies that nobody asked for`] : [];
    const problems = [...missed, ...left, ...standIns.problems()];
    return { spans: exporter.getFinishedSpans(), requests: script.requests, problems, ...ended };
  } finally {
    await served.close();
    await tracerProvider.shutdown();
  }
}

type Agent = CodeAgent | ToolCallingAgent;

function agentOf(spec: AgentSpec, file: GoldenFile, model: OpenAIModel, standIns: StandIns): Agent {
  const templates = file.prompt_templates[spec.type];
  if (!templates || typeof templates === 'string') throw new CaseError(`prompt_templates has no ${spec.type}`);
  const settings = {
    model,
    promptTemplates: promptsOf(templates),
    tools: [...(spec.tools ?? []), 'final_answer'].map((name) => standIns.tool(name)),
    managedAgents: (spec.managed_agents ?? []).map((member) => agentOf(member, file, model, standIns)),
    ...(spec.name !== undefined && { name: spec.name }),
    ...(spec.description !== undefined && { description: spec.description }),
    ...(spec.max_steps !== undefined && { maxSteps: spec.max_steps }),
    ...(spec.planning_interval !== undefined && { planningInterval: spec.planning_interval }),
    ...(spec.stream_outputs !== undefined && { streamOutputs: spec.stream_outputs }),
  };
  return spec.type === 'CodeAgent' ? new CodeAgent(settings) : new ToolCallingAgent(settings);
}

/** The pictures of the task are the image parts of the first request. */
function imagesOf({ run, model_requests: [first] }: GoldenFile): string[] {
  if (!run.images?.length) return [];
  const messages = Array.isArray(first?.messages) ? first.messages : [];
  const parts: unknown[] = messages.flatMap((message: unknown) =>
    isObject(message) && Array.isArray(message.content) ? message.content : [],
  );
  const urls = parts.flatMap((part) => (isObject(part) && isObject(part.image_url) ? String(part.image_url.url) : []));
  if (urls.length < run.images.length) throw new CaseError('the first of model_requests lacks pictures of the task');
  return urls.slice(0, run.images.length);
}

function factsOf({ session_id: sessionId, user_id: userId, metadata, tags }: NonNullable<GoldenFile['context']>) {
  return {
    ...(sessionId !== undefined && { sessionId }),
    ...(userId !== undefined && { userId }),
    ...(metadata && { metadata }),
    ...(tags && { tags }),
  };
}

/** Begins in this turn: what is ambient is read there. */
function start(
  agent: Agent,
  { run: { task, stream } }: GoldenFile,
  options: Parameters<Agent['run']>[1],
): Promise<unknown> {
  if (!stream) return agent.run(task, options);
  const run = agent.stream(task, options);
  return (async () => {
    for await (const _ of run) {
      // read to its end, as Python's generator is
    }
    return (await run.result).output;
  })();
}

async function outcome(run: Promise<unknown>): Promise<Pick<Played, 'result' | 'error' | 'threw'>> {
  try {
    return { result: await run, error: undefined, threw: false };
  } catch (error) {
    return { result: undefined, error, threw: true };
  }
}
