import {
  AgentError,
  CodeAgent,
  DuckDuckGoSearchTool,
  type Model,
  type RunResult,
  ToolCallingAgent,
  VisitWebpageTool,
} from 'smolagents-web';
import type { AnyTool } from '../../src/tools/tool';
import type { Fetch } from '../../src/web/fetch';
import { localTools } from './local-tools';
import { isRight, type Question } from './questions';

export const AGENTS = ['code', 'tool-calling'] as const;
export type AgentKind = (typeof AGENTS)[number];

const WALL_LIMIT_MS = 150_000;
const MAX_STEPS = 6;

/** What one agent made of one question. */
export interface Measurement {
  question: string;
  agent: AgentKind;
  model: string;
  /** Which state of the prompts it was, in a word. */
  round: string;
  right: boolean;
  /** How the run ended: a run state, or `wall limit`. */
  end: string;
  answer: string;
  steps: number;
  inputTokens: number;
  outputTokens: number;
  seconds: number;
  /** ISO 8601, UTC. */
  at: string;
}

export interface Setting {
  model: Model;
  fetch: Fetch;
  round: string;
}

/** Asks one agent one question, for at most `WALL_LIMIT_MS`. Gives the measurement and the run as text for people. */
export async function measure(
  question: Question,
  agent: AgentKind,
  setting: Setting,
): Promise<{ measurement: Measurement; transcript: string }> {
  const { model, fetch, round } = setting;
  const limit = AbortSignal.timeout(WALL_LIMIT_MS);
  const started = Date.now();
  const result = await resultOf(
    agentFor(question, agent, model).stream(question.task, { fetch, signal: limit }).result,
  );
  const measurement: Measurement = {
    question: question.id,
    agent,
    model: model.modelId,
    round,
    right: result.state === 'success' && isRight(question, result.output),
    end: limit.aborted ? 'wall limit' : result.state,
    answer: shorten(textOf(result.output)),
    steps: result.steps.filter(({ type }) => type === 'action').length,
    inputTokens: result.usage.inputTokens,
    outputTokens: result.usage.outputTokens,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    at: new Date(started).toISOString(),
  };
  const error = result.error ? `\n${result.error.type}: ${result.error.message}` : '';
  return {
    measurement,
    transcript: `${result.memory.systemPrompt}\n\n${result.memory.replay()}${error}\n\n${JSON.stringify(measurement)}\n`,
  };
}

function agentFor(question: Question, agent: AgentKind, model: Model): CodeAgent | ToolCallingAgent {
  const settings = { model, maxSteps: MAX_STEPS, streamOutputs: true };
  const tools = question.tools.flatMap(toolsNamed);
  if (agent === 'code') return new CodeAgent({ ...settings, tools });
  return new ToolCallingAgent({ ...settings, tools: [...tools, ...toolsNamed('calculate')] });
}

function toolsNamed(name: string): AnyTool[] {
  if (name === 'web') return [new DuckDuckGoSearchTool(), new VisitWebpageTool()];
  const tool = localTools[name];
  if (!tool) throw new Error(`no tool is called "${name}"; there are web, ${Object.keys(localTools).join(', ')}`);
  return [tool];
}

/** The result, of a run that failed as well. */
async function resultOf(result: Promise<RunResult>): Promise<RunResult> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof AgentError && error.result) return error.result as RunResult;
    throw error;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
