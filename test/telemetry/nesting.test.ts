import { expect, test } from 'vitest';
import { ToolCallingAgent, tool } from '../../src/index';
import { runWatcher } from '../../src/telemetry/index';
import { scriptedModel, servePages } from '../../src/testing/index';
import { tracing } from '../fakes/tracing';

const CITIES: Readonly<Record<string, readonly string[]>> = { north: ['oslo', 'bergen'], south: ['rome', 'bari'] };

/** A manager that calls both of its agents at once; each calls two tools at once, which open spans after an `await`. */
function manager() {
  const team = Object.entries(CITIES).map(([name, cities]) => {
    const tools = cities.map((city) =>
      tool({
        name: city,
        description: `Asks ${city}.`,
        inputs: {},
        execute: async (_args, handle) => {
          await turns(cities.indexOf(city) + 1);
          return handle.span(`open ${city}`, async (inner) => {
            await turns(2);
            await Promise.all([inner.span(`left ${city}`, () => turns(1)), inner.fetch(`https://${city}.test/`)]);
            return city;
          });
        },
      }),
    );
    const calls = cities.map((city) => ({ name: city, arguments: {} }));
    const model = scriptedModel({ toolCalls: calls }, answer(name));
    return new ToolCallingAgent({ model, tools, name, description: `Knows the ${name}.` });
  });
  const calls = Object.keys(CITIES).map((name) => ({ name, arguments: { task: `Ask the ${name}.` } }));
  return new ToolCallingAgent({ model: scriptedModel({ toolCalls: calls }, answer('all asked')), managedAgents: team });
}

const answer = (text: string) => ({ toolCalls: [{ name: 'final_answer', arguments: { answer: text } }] });
const pages = servePages(
  Object.fromEntries(Object.values(CITIES).flatMap((all) => all.map((city) => [`https://${city}.test/`, city]))),
);

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}

function expectedPaths(): string[] {
  const root = 'ToolCallingAgent.run';
  const paths = [root];
  const step = (parent: string, number: number, below: readonly string[]) =>
    paths.push(`${parent} > Step ${number}`, ...below.map((name) => `${parent} > Step ${number} > ${name}`));
  step(root, 1, ['ScriptedModel.generate', 'north.run', 'south.run']);
  step(root, 2, ['ScriptedModel.generate', 'FinalAnswerTool']);
  for (const [name, cities] of Object.entries(CITIES)) {
    const agent = `${root} > Step 1 > ${name}.run`;
    step(agent, 1, ['ScriptedModel.generate', ...cities]);
    step(agent, 2, ['ScriptedModel.generate', 'FinalAnswerTool']);
    for (const city of cities) {
      const open = `${agent} > Step 1 > ${city} > open ${city}`;
      paths.push(open, `${open} > left ${city}`, `${open} > GET`);
    }
  }
  return paths.sort();
}

test('two managed agents at once, with tools that open spans after an await: every span is under its own parent', async () => {
  const traced = tracing();

  await manager().run('Ask everybody.', {
    telemetry: runWatcher({ tracerProvider: traced.tracerProvider }),
    fetch: pages,
  });

  expect(traced.paths()).toEqual(expectedPaths());
});

test('four such runs interleaved are four traces, none of which has a span of another', async () => {
  const traced = tracing();
  const telemetry = runWatcher({ tracerProvider: traced.tracerProvider });

  await Promise.all(
    [1, 2, 3, 4].map((number) => manager().run(`Ask everybody, number ${number}.`, { telemetry, fetch: pages })),
  );

  const traceIds = [...new Set(traced.spans().map((span) => span.spanContext().traceId))];
  expect(traceIds).toHaveLength(4);
  for (const id of traceIds) {
    const spans = traced.spans().filter((span) => span.spanContext().traceId === id);
    const inTrace = new Set(spans.map((span) => span.spanContext().spanId));
    const roots = spans.filter((span) => !inTrace.has(span.parentSpanContext?.spanId ?? ''));
    expect(spans).toHaveLength(expectedPaths().length);
    expect(roots.map(({ name }) => name)).toEqual(['ToolCallingAgent.run']);
  }
  expect(traced.paths()).toEqual(expectedPaths().flatMap((path) => [path, path, path, path]));
});

test('no child begins before its parent or ends after it, and no two moments are alike', async () => {
  const traced = tracing();

  await manager().run('Ask everybody.', {
    telemetry: runWatcher({ tracerProvider: traced.tracerProvider }),
    fetch: pages,
  });

  const spans = traced.spans();
  const moments = spans.flatMap(({ startTime, endTime }) => [nanos(startTime), nanos(endTime)]);
  const outlived = spans.filter((span) => {
    const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
    return parent && (nanos(span.startTime) < nanos(parent.startTime) || nanos(span.endTime) > nanos(parent.endTime));
  });
  expect(outlived).toEqual([]);
  expect(new Set(moments).size).toBe(moments.length);
});

function nanos([seconds, rest]: readonly [number, number]): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
