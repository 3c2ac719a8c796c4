import { beforeAll, describe, expect, test } from 'vitest';
import { resumedLog } from '../../src/agents/saved/go-on';
import { agentSettings } from '../../src/agents/settings';
import { AgentConfigurationError } from '../../src/errors';
import { packState, type SavedState, unpackState } from '../../src/executors/saved-state';
import {
  type Agent,
  type AnyTool,
  CodeAgent,
  ManagedAgent,
  type RunResult,
  ToolCallingAgent,
  tool,
} from '../../src/index';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { fromBase64, toBase64 } from '../../src/web/base64-text';
import { gunzip } from '../../src/web/gunzip';
import { gzip } from '../../src/web/gzip';
import { inProcess } from '../fakes/sandbox-bench';

const full = { returnFullResult: true } as const;
const done: string[] = [];
const pay = tool({
  name: 'pay',
  description: 'Pays.',
  inputs: { n: { type: 'number', description: 'How much.' } },
  needsApproval: true,
  execute: ({ n }) => done.push(`pay ${n}`),
});

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;
type SavedRun = { kind: string; log: { [key: string]: Json }[] } & { [key: string]: Json };

const agents = {
  code: () =>
    new CodeAgent({
      model: scriptedModel(code("let n = 1; console.log('begun')"), code('await pay(n)'), code('final_answer(1)')),
      tools: [pay],
    }),
  calls: () => new ToolCallingAgent({ model: scriptedModel(call('pay', { n: 1 }), finalAnswer(1)), tools: [pay] }),
};
const saved: Record<keyof typeof agents, string> = { code: '', calls: '' };

beforeAll(async () => {
  for (const kind of ['code', 'calls'] as const)
    saved[kind] = JSON.stringify(await (await agents[kind]().run<RunResult>('Go.', full)).save());
});

const read = (kind: keyof typeof agents): SavedRun => JSON.parse(saved[kind]);

/** The first call in a list of the entry that says what waits. */
function waitingCall(run: SavedRun, list: 'calls' | 'held'): { [key: string]: Json } {
  const found = run.log.findLast(({ type }) => type === 'waiting')?.[list];
  return (found as { [key: string]: Json }[])[0] ?? {};
}

/** Goes on with it where that is allowed. Gives the message of the refusal. */
async function refusal(agent: Agent, json: unknown): Promise<string | undefined> {
  try {
    await agent.resume(json).result;
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AgentConfigurationError);
    return String(error);
  }
}

/** Every place of a JSON value below `at`. */
function placesOf(json: Json, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof json !== 'object' || json === null) return [at];
  return [at, ...Object.entries(json).flatMap(([key, value]) => placesOf(value, [...at, key]))];
}

/** The value with another one, or nothing, at the place. */
function altered(json: Json, place: readonly (string | number)[], value: Json | undefined): Json {
  const [key, ...rest] = place;
  if (key === undefined) return value ?? null;
  const copy: { [key: string]: Json } | Json[] = Array.isArray(json) ? [...json] : { ...Object(json) };
  const target = copy as { [key: string]: Json };
  if (rest.length === 0 && value === undefined) Array.isArray(copy) ? copy.splice(Number(key), 1) : delete target[key];
  else target[key] = altered(target[key] ?? null, rest, value);
  return copy;
}

/** What a tool, the model or a setting may hold is theirs: any value is one that could have been saved. */
const FREE =
  /\.(arguments|outcome|state|additionalArgs|output|content|text|task|observations|told|systemPrompt|notes)(\.|$)/;

describe.each(['code', 'calls'] as const)('a saved run of %s', (kind) => {
  test('altered in any place is refused, or is one that could have been saved as it is now', async () => {
    const whole = read(kind);
    const slim = { ...whole, log: whole.log.map(({ snapshot, ...entry }) => entry) } as unknown as Json;
    const places = placesOf(slim).filter((place) => !FREE.test(`.${place.join('.')}`));
    const values: (Json | undefined)[] = [undefined, null, -1, 'x', [], {}, { __proto__: null, $: 'x' }];
    const accepted: string[] = [];
    const settings = agentSettings(kind === 'code' ? 'CodeAgent' : 'ToolCallingAgent', agents[kind]().options);

    for (const place of places) {
      for (const value of values) {
        const json = altered(slim, place, value);
        try {
          resumedLog(json, {}, settings); // what reads it, before anything runs
          accepted.push(`${place.join('.')} = ${JSON.stringify(value)}`);
        } catch (error) {
          expect(error, `${place.join('.')} = ${JSON.stringify(value)}`).toBeInstanceOf(AgentConfigurationError);
        }
      }
    }

    // texts for texts, other times, shorter lists and what may be absent: any of these could have been saved
    const possible = /= "x"$|= \[\]$|= undefined$|timing\.\w+ = -1$/;
    expect(accepted.filter((line) => !possible.test(line))).toEqual([]);
    expect(places.length).toBeGreaterThan(30);
  });

  test('cut anywhere in its list of entries goes on, or is refused', async () => {
    const whole = read(kind);
    for (let length = 0; length < whole.log.length; length++) {
      const said = await refusal(agents[kind](), { ...whole, log: whole.log.slice(length) });
      if (length > 0) expect(said).toMatch(/not whole|no beginning/);
    }
    expect(await refusal(agents[kind](), [])).toContain('no beginning');
    expect(done).toEqual([]);
  });

  test('of another agent is refused', async () => {
    const model = scriptedModel();
    const json = read(kind);

    expect(await refusal(agents[kind === 'code' ? 'calls' : 'code'](), json)).toContain('and this is a');
    const bare = kind === 'code' ? new CodeAgent({ model }) : new ToolCallingAgent({ model });
    expect(await refusal(bare, json)).toContain('has the tool "pay", which this');
  });
});

test.each([
  5,
  null,
  undefined,
  'text',
  { kind: 'run/2' },
  { kind: 'run/1' },
  { kind: 'memory/1', steps: [] },
  [1],
  [{}],
])('%j is no saved run', async (json) => {
  expect(await refusal(agents.calls(), json)).toBeDefined();
});

describe('the sandbox in a saved run', () => {
  /** The saved run with another snapshot in the place of the last one. */
  const withSnapshot = (snapshot: Json): SavedRun => {
    const run = read('code');
    const last = run.log.findLast((entry) => entry.snapshot !== undefined && entry.snapshot !== 'lost');
    if (last) last.snapshot = snapshot;
    return run;
  };
  const bytesOf = () => {
    const text = read('code').log.findLast((entry) => typeof entry.snapshot === 'string' && entry.snapshot !== 'lost');
    const bytes = fromBase64(String(text?.snapshot));
    if (!bytes) throw new Error('no snapshot was saved');
    return bytes;
  };
  const packedAgain = async (bytes: Uint8Array) => toBase64((await gzip(new Uint8Array(bytes))) ?? bytes);

  test.each<[string, () => Json | Promise<Json>, string]>([
    ['no text', () => 5, 'is no snapshot'],
    ['no base64', () => '***', 'is no snapshot'],
    ['cut off', () => toBase64(bytesOf().subarray(0, 5_000)), 'cut or damaged'],
    [
      'altered in one bit',
      () => {
        const bytes = bytesOf();
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
        return toBase64(bytes);
      },
      'cut or damaged',
    ],
    ['not one of a sandbox', () => packedAgain(new Uint8Array(70_000)), 'no snapshot of a sandbox'],
    [
      'unpacked and cut off',
      async () => packedAgain((await gunzip(bytesOf(), 2 ** 28)).subarray(0, 400_000)),
      'cut off at',
    ],
    [
      'one of an older engine',
      async () => {
        const bytes = await gunzip(bytesOf(), 2 ** 28);
        const text = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
        bytes.set(new TextEncoder().encode('2.9.1'), text.indexOf('3.6.2'));
        return packedAgain(bytes);
      },
      'but with quickjs-wasi 2.9.1',
    ],
  ])('that is %s is refused before anything runs', async (_, snapshot, message) => {
    const agent = agents.code();

    expect(await refusal(agent, withSnapshot(await snapshot()))).toContain(message);
  });

  test('has a header whose every field is looked at', async () => {
    const state = unpackState(await gunzip(bytesOf(), 2 ** 28));
    const { memory: _, ...facts } = state.state;
    const places = placesOf(JSON.parse(JSON.stringify({ facts, step: state.step, nextCall: state.nextCall })));
    const accepted: string[] = [];

    for (const place of places.filter((each) => each.length > 0)) {
      for (const value of [null, -1, 0.5, {}, 'x', 2 ** 40]) {
        const { facts: changed, ...rest } = altered(
          JSON.parse(JSON.stringify({ facts, step: state.step, nextCall: state.nextCall })),
          place,
          value,
        ) as { facts: object };
        const packed = packState({
          ...state,
          ...rest,
          state: { ...(changed ?? {}), memory: state.state.memory },
        } as typeof state);
        try {
          unpackState(packed);
          accepted.push(`${place.join('.')} = ${JSON.stringify(value)}`);
        } catch (error) {
          expect(String(error)).toMatch(/damaged|no snapshot/);
        }
      }
    }

    // texts of the code and of its calls, and numbers that may be any
    expect(
      accepted.filter(
        (line) =>
          !/(file|code|names\.\d|unawaited\.\d|prints\.\d|open\.\d\.\w+|spentMs|nextCall|awaitLine|callsMade|text) = /.test(
            line,
          ),
      ),
    ).toEqual([]);
  });

  test.each<[string, (state: SavedState) => void, string]>([
    ['other calls', ({ state }) => Object.assign(state.open[0] ?? {}, { args: '[9]' }), 'waits for other calls'],
    ['no calls', ({ state }) => Object.assign(state, { open: [] }), 'waits for other calls'],
    ['other code', ({ step }) => Object.assign(step ?? {}, { code: 'await pay(9)' }), 'runs other code than step 2'],
    ['another step', ({ step }) => Object.assign(step ?? {}, { file: 'step_1.js' }), 'runs other code than step 2'],
    ['no step', (saved) => Object.assign(saved, { step: undefined, before: undefined }), 'was saved between steps'],
  ])('with %s than its log has, and a good checksum, is refused before anything runs', async (_, change, message) => {
    const state = unpackState(await gunzip(bytesOf(), 2 ** 28));
    change(state);

    const said = await refusal(agents.code(), withSnapshot(await packedAgain(packState(state))));

    expect(said).toContain(message);
    expect(done).toEqual([]);
  });

  test('of another executor is that executor’s to judge', async () => {
    const agent = new CodeAgent({ model: scriptedModel(), tools: [pay], executor: inProcess });

    await expect(agent.resume(withSnapshot(await packedAgain(new Uint8Array(70_000)))).result).rejects.toThrow(
      'no snapshot',
    );
    expect(done).toEqual([]);
  });
});

test.each(['code', 'calls'] as const)(
  'a call of %s that is shown as another one than is made is refused',
  async (kind) => {
    const shown = (change: object): SavedRun => {
      const run = read(kind);
      Object.assign(waitingCall(run, 'calls'), change);
      return run;
    };

    expect(await refusal(agents[kind](), shown({ arguments: { n: 0.01 } }))).toContain(
      'as another one than is to be made',
    );
    expect(await refusal(agents[kind](), shown({ name: 'harmless' }))).toContain('as another one than is to be made');
    expect(done).toEqual([]);
  },
);

test('a run that is refused is not written down as answered', async () => {
  const written: unknown[] = [];
  const run = read('code');
  const last = run.log.findLast(({ snapshot }) => typeof snapshot === 'string');
  if (last) last.snapshot = String(last.snapshot).slice(0, 5_000);
  const callId = String(waitingCall(run, 'calls').callId);
  const answers = { [callId]: { allow: true as const } };

  const said = agents.code().resume(run, { answers, log: (entry) => void written.push(entry) }).result;

  await expect(said).rejects.toThrow('cut or damaged');
  expect(written).toEqual([]);
});

test('a forged sandbox is refused where the agent has an executor as well', async () => {
  const run = read('code');
  for (const list of ['held', 'calls'] as const) Object.assign(waitingCall(run, list), { arguments: { n: 0.01 } });

  const said = await refusal(new CodeAgent({ ...agents.code().options, executor: inProcess }), run);

  expect(said).toContain('its sandbox waits for other calls');
});

describe.each([
  ['a managed agent', (agent: Agent) => agent],
  ['an agent in a ManagedAgent', (agent: Agent) => new ManagedAgent({ agent, name: 'helper', description: 'Helps.' })],
])('%s under way in a saved run', (_, managed) => {
  const helper = (tools: AnyTool[]) =>
    managed(
      new CodeAgent({ name: 'helper', description: 'Helps.', tools, model: scriptedModel(code('await pay(1)')) }),
    );
  const manager = (tools: AnyTool[]) => {
    const model = scriptedModel(call('helper', { task: 'Help.' }), finalAnswer('never'));
    return new ToolCallingAgent({ model, managedAgents: [helper(tools)] });
  };
  const waiting = async (): Promise<SavedRun> => {
    const result = await manager([pay]).run<RunResult>('Go.', full);
    return JSON.parse(JSON.stringify(await result.save()));
  };

  test('that lacks a tool it had is refused before anything runs', async () => {
    expect(await refusal(manager([]), await waiting())).toContain('has the tool "pay", which this CodeAgent lacks');
  });

  test('whose sandbox is damaged is refused before anything runs', async () => {
    const run = await waiting();
    for (const entry of run.log)
      if (typeof entry.snapshot === 'string') entry.snapshot = entry.snapshot.slice(0, 5_000);

    expect(await refusal(manager([pay]), run)).toContain('cut or damaged');
  });
});
