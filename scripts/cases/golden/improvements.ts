import { isObject } from '../json';
import type { ActualSpan } from './actual-spans';
import type { GoldenFile, GoldenSpan } from './golden-file';

/** One attribute that `docs/telemetry.md` lists as added by default. */
interface Addition {
  key: RegExp;
  /** Whether the span must have it; else it may. */
  needed?: (span: ActualSpan) => boolean;
  /** Whether its value is right. */
  fits?: (value: unknown, span: ActualSpan) => boolean;
}

/** What an expected span becomes by default, and our span without what is added by default. */
export interface Evened {
  expected: GoldenSpan;
  attributes: ActualSpan['attributes'];
  problems: string[];
}

const always = () => true;
const failed = (span: ActualSpan) => span.status.code === 'ERROR';
const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isCount = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const is = (expected: unknown) => (value: unknown) => value === expected;
const sameAs = (key: string) => (value: unknown, span: ActualSpan) => value === span.attributes[key];

const AGENT: readonly Addition[] = [
  { key: /^agent\.name$/, needed: always, fits: isAgentName },
  { key: /^gen_ai\.operation\.name$/, needed: always, fits: is('invoke_agent') },
  { key: /^gen_ai\.agent\.name$/, needed: always, fits: isAgentName },
  { key: /^gen_ai\.agent\.description$/, fits: isText },
  { key: /^gen_ai\.usage\.(?:input|output)_tokens$/, needed: always, fits: isCount },
  { key: /^smolagents\.run_id$/, needed: always, fits: isText },
  { key: /^smolagents\.task$/, needed: always, fits: isText },
  { key: /^smolagents\.token_count\.(?:planning|managed_agents)\.(?:prompt|completion|total)$/, fits: isCount },
  { key: /^error\.type$/, needed: failed, fits: isText },
];

const ROOT: readonly Addition[] = [
  { key: /^input\.mime_type$/, needed: always, fits: is('text/plain') },
  {
    key: /^output\.mime_type$/,
    needed: (span) => !failed(span),
    fits: (value) => value === 'text/plain' || value === 'application/json',
  },
  { key: /^smolagents\.run_arguments$/, needed: always, fits: isJson },
];

const CHAIN: readonly Addition[] = [{ key: /^error\.type$/, needed: failed, fits: isText }];

const LLM: readonly Addition[] = [
  { key: /^gen_ai\.operation\.name$/, needed: always, fits: is('chat') },
  { key: /^gen_ai\.provider\.name$/, needed: hasProvider, fits: sameAs('llm.provider') },
  { key: /^gen_ai\.request\.model$/, needed: always, fits: sameAs('llm.model_name') },
  { key: /^gen_ai\.response\.(?:model|id)$/, needed: (span) => !failed(span), fits: isText },
  { key: /^gen_ai\.response\.finish_reasons$/, needed: (span) => !failed(span), fits: Array.isArray },
  { key: /^gen_ai\.usage\.input_tokens$/, needed: hasTokens, fits: sameAs('llm.token_count.prompt') },
  { key: /^gen_ai\.usage\.output_tokens$/, needed: hasTokens, fits: sameAs('llm.token_count.completion') },
  { key: /^llm\.token_count\.(?:prompt_details\.cache_read|completion_details\.reasoning)$/, fits: isCount },
  { key: /^error\.type$/, needed: failed, fits: isText },
];

/** Of a model call that failed: what strict leaves out. */
const FAILED_LLM: readonly Addition[] = [
  { key: /^llm\.model_name$/, needed: always, fits: isText },
  { key: /^llm\.(?:provider|system)$/, fits: isText },
  { key: /^llm\.tools\.\d+\.tool\.json_schema$/, fits: isJson },
];

const TOOL: readonly Addition[] = [
  { key: /^tool_call\.id$/, needed: always, fits: isText },
  { key: /^gen_ai\.operation\.name$/, needed: always, fits: is('execute_tool') },
  { key: /^gen_ai\.tool\.name$/, needed: always, fits: sameAs('tool.name') },
  { key: /^gen_ai\.tool\.type$/, needed: always, fits: is('function') },
  { key: /^gen_ai\.tool\.call\.id$/, needed: always, fits: sameAs('tool_call.id') },
  { key: /^error\.type$/, needed: failed, fits: isText },
];

/** Takes from our span exactly what the list adds, each checked, and puts what the list corrects into the expected one. */
export function evenImprovements(expected: GoldenSpan, actual: ActualSpan, file: GoldenFile): Evened {
  const isRoot = actual.parentId === undefined;
  const corrected = correct(expected, file, isRoot);
  const additions = additionsFor(expected, actual, isRoot, teamOf(file.agent));
  const problems: string[] = [];
  const attributes = { ...actual.attributes };
  const used = new Set<Addition>();
  for (const [key, value] of Object.entries(actual.attributes)) {
    if (key in corrected.attributes) continue;
    const addition = additions.find((each) => each.key.test(key));
    if (!addition) continue;
    used.add(addition);
    delete attributes[key];
    if (addition.fits && !addition.fits(value, actual)) problems.push(`${key} is ${JSON.stringify(value)}`);
  }
  for (const addition of additions) {
    if (addition.needed?.(actual) && !used.has(addition)) problems.push(`no attribute ${addition.key.source}`);
  }
  return { expected: corrected, attributes, problems };
}

function additionsFor(
  { kind, attributes }: GoldenSpan,
  actual: ActualSpan,
  isRoot: boolean,
  team: ReadonlySet<string>,
): readonly Addition[] {
  if (kind === 'AGENT') return isRoot ? [...AGENT, ...ROOT] : AGENT;
  if (kind === 'CHAIN')
    return failed(actual) && !('output.value' in attributes)
      ? [...CHAIN, { key: /^output\.value$/, fits: isText }]
      : CHAIN;
  if (kind === 'TOOL') return TOOL;
  const ofTeam = { key: /^llm\.tools\.\d+\.tool\.json_schema$/, fits: (value: unknown) => team.has(toolName(value)) };
  return failed(actual) ? [...LLM, ...FAILED_LLM] : [...LLM, ofTeam];
}

/** What is told otherwise by default: the task of the root, a stale task, an exception told twice. */
function correct(expected: GoldenSpan, file: GoldenFile, isRoot: boolean): GoldenSpan {
  const attributes = { ...expected.attributes };
  if (expected.kind === 'AGENT') delete attributes['smolagents.task'];
  if (expected.kind === 'AGENT' && isRoot) attributes['input.value'] = file.run.task;
  const told = new Set<string>();
  const events = (expected.events ?? []).filter((event) => {
    const text = JSON.stringify(event);
    return !told.has(text) && told.add(text);
  });
  return { ...expected, attributes, events };
}

function teamOf({ managed_agents: team = [] }: GoldenFile['agent']): ReadonlySet<string> {
  return new Set(team.flatMap((member) => [member.name ?? '', ...teamOf(member)]));
}

function isAgentName(value: unknown, span: ActualSpan): boolean {
  return `${value}.run` === span.name;
}

function hasProvider(span: ActualSpan): boolean {
  return 'llm.provider' in span.attributes;
}

function hasTokens(span: ActualSpan): boolean {
  return 'llm.token_count.prompt' in span.attributes;
}

function isJson(value: unknown): boolean {
  return parsed(value) !== undefined;
}

function toolName(schema: unknown): string {
  const value = parsed(schema);
  return isObject(value) && isObject(value.function) ? String(value.function.name) : '';
}

function parsed(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}
