import type { AgentCase, ConformanceCase, RunCase, ScriptCase } from '../../scripts/cases/conformance/case';

/** The same case told in another way, of which the same must come; undefined where the case has no such way. */
export type Transformation = (item: ConformanceCase) => ConformanceCase | undefined;

/** Read as a stream in place of awaited. */
export const readAsStream: Transformation = (item) => withRuns(item, (run) => ({ ...run, stream: true }));

/** The first run, too, goes on from the run before: there is none. */
export const withoutReset: Transformation = (item) =>
  withRuns(item, (run, index) => (index === 0 ? { ...run, reset: false } : run));

/** Arguments as JSON text, as endpoints give them. */
export const argumentsAsText: Transformation = (item) =>
  withScripts(item, (entry) => ({ ...entry, ...textArguments(entry) }));

/** Replies in pieces, put together by an agent that does not stream. */
export const repliesInPieces: Transformation = (item) =>
  isAboutDeltas(item) ? undefined : withScripts(item, (entry) => inPieces({ ...entry, ...textArguments(entry) }));

/** Replies in pieces, streamed by every agent of the team. */
export const streamedOutputs: Transformation = (item) => {
  const pieces = repliesInPieces(item);
  return pieces && !countsEvents(item) ? { ...pieces, ...streaming(pieces) } : undefined;
};

function withRuns(item: ConformanceCase, change: (run: RunCase, index: number) => RunCase): ConformanceCase {
  return { ...item, runs: (item.runs ?? [{ task: item.task ?? '' }]).map(change) };
}

function withScripts<Item extends AgentCase>(item: Item, change: (entry: ScriptCase) => ScriptCase): Item {
  return {
    ...item,
    ...(item.script && { script: item.script.map(change) }),
    ...(item.managed_agents && { managed_agents: item.managed_agents.map((below) => withScripts(below, change)) }),
  };
}

function streaming(item: AgentCase): Pick<AgentCase, 'stream_outputs' | 'managed_agents'> {
  const managed = item.managed_agents?.map((below) => ({ ...below, ...streaming(below) }));
  return { stream_outputs: true, ...(managed && { managed_agents: managed }) };
}

function textArguments({ tool_calls: calls }: ScriptCase): Pick<ScriptCase, 'tool_calls'> {
  if (!calls) return {};
  return {
    tool_calls: calls.map((call) =>
      isNested(call.arguments) ? { ...call, arguments: JSON.stringify(call.arguments) } : call,
    ),
  };
}

function inPieces(entry: ScriptCase): ScriptCase {
  const { text, tool_calls: calls = [], usage, deltas, fail } = entry;
  if (deltas || fail !== undefined || calls.some((call) => typeof (call.arguments ?? '') !== 'string')) return entry;
  const half = Math.ceil((text ?? '').length / 2);
  const heads = calls.map(({ id = '', name }, index) => ({ tool_calls: [{ index, id, name }] }));
  const tails = calls.flatMap(({ arguments: args = '{}' }, index) =>
    [String(args).slice(0, 3), String(args).slice(3)].map((piece) => ({ tool_calls: [{ index, arguments: piece }] })),
  );
  const words = text ? [{ content: text.slice(0, half) }, { content: text.slice(half) }] : [];
  return { deltas: [...words, ...heads, ...tails, ...(usage ? [{ content: '', usage }] : [])] };
}

function countsEvents({ runs = [], expect = {} }: ConformanceCase): boolean {
  return expect.events !== undefined || runs.some((run) => run.interrupt_after !== undefined);
}

function isAboutDeltas({ stream_outputs: streams, expect = {} }: ConformanceCase): boolean {
  return streams === true && expect.events !== undefined;
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
