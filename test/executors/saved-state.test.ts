import { beforeAll, describe, expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { packState, type SavedState, unpackState } from '../../src/executors/saved-state';
import { openBench } from '../fakes/sandbox-bench';

let packed: Uint8Array;

/** In the middle of a step that waits for a call and has changed variables. */
beforeAll(async () => {
  let called: () => void = () => {};
  const wasCalled = new Promise<void>((resolve) => {
    called = resolve;
  });
  const wait = () => {
    called();
    return new Promise(() => {});
  };
  const { run, sandbox } = await openBench({ tools: { wait } });
  await run('const list = [1, 2, 3]');
  run('list.push(4); await wait({ for: 1 })').catch(() => {}); // it is closed in the middle
  await wasCalled;
  packed = await sandbox.snapshot();
  await sandbox[Symbol.asyncDispose]();
});

function refusal(bytes: Uint8Array): string | undefined {
  try {
    unpackState(bytes);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AgentConfigurationError);
    return String(error);
  }
}

/** What is said of the same bytes, one of them another one. */
function refusalOfFlipped(at: number): string | undefined {
  const byte = packed[at] ?? 0;
  packed[at] = byte ^ 1;
  try {
    return refusal(packed);
  } finally {
    packed[at] = byte;
  }
}

const startOfMemory = () => 4 + new DataView(packed.buffer).getUint32(0);

/** The same with an unknown key in the part of its header that the path leads to; the header is as long as before. */
function withUnknownKey(path: readonly string[]): Uint8Array {
  const header = JSON.parse(new TextDecoder().decode(packed.subarray(4, startOfMemory())));
  header.step.code = ''; // makes room for what is added
  header.step.prints = ['', '', 0];
  let part = header;
  for (const key of path) part = part[key];
  part.extra = 1;
  const json = new TextEncoder().encode(JSON.stringify(header).padEnd(startOfMemory() - 4));
  const bytes = packed.slice();
  bytes.set(json.subarray(0, startOfMemory() - 4), 4);
  return bytes;
}

const forged = (change: (saved: SavedState) => void): Uint8Array => {
  const saved = structuredClone(unpackState(packed));
  change(saved);
  return packState(saved);
};

describe('a snapshot', () => {
  test('is the same when it is packed again, wherever its bytes begin', () => {
    const shifted = new Uint8Array(packed.length + 1);
    shifted.set(packed, 1);

    const again = packState(unpackState(shifted.subarray(1)));

    expect(Buffer.compare(again, packed)).toBe(0);
  });

  test('with any byte changed is refused: all of its header, its ends and one of each 16 KB of its memory', () => {
    const start = startOfMemory();
    const places = [
      ...Array.from({ length: start + 8 }, (_, at) => at),
      ...Array.from({ length: Math.floor((packed.length - start) / 16_411) }, (_, part) => start + part * 16_411),
      ...Array.from({ length: 16 }, (_, back) => packed.length - 1 - back),
    ];

    expect(places.filter((at) => refusalOfFlipped(at) === undefined)).toEqual([]);
    expect(places.length).toBeGreaterThan(700);
  });

  test('with two words changed in the same bit is refused', () => {
    const start = startOfMemory();
    const bytes = packed.slice();
    for (const at of [start + 3, start + 7]) bytes[at] = (bytes[at] ?? 0) ^ 128;

    expect(refusal(bytes)).toContain('damaged: its bytes do not fit their checksum');
  });

  test('cut anywhere, or with more behind it, is refused', () => {
    const start = startOfMemory();
    const lengths = [
      ...Array.from({ length: start + 8 }, (_, length) => length),
      ...Array.from({ length: 300 }, (_, part) => start + Math.floor(((packed.length - start) * part) / 300)),
      ...Array.from({ length: 16 }, (_, back) => packed.length - 1 - back),
    ];
    const longer = new Uint8Array(packed.length + 4);
    longer.set(packed);

    expect(lengths.filter((length) => refusal(packed.subarray(0, length)) === undefined)).toEqual([]);
    expect(refusal(longer)).toContain('cut off');
  });

  test.each([
    ['header', []],
    ['facts', ['facts']],
    ['pointers', ['facts', 'pointers']],
    ['open call', ['facts', 'open', '0']],
    ['step', ['step']],
    ['state before', ['before']],
  ])('with an unknown key in its %s is refused', (_, path) => {
    expect(refusal(withUnknownKey(path))).toContain('its header is not one that the engine writes');
  });

  test('of before there was a checksum is refused', () => {
    expect(refusal(packed.slice(0, -8))).toContain('or is an older one');
  });
});

describe('a forged snapshot with a good checksum', () => {
  test.each<[string, (saved: SavedState) => void]>([
    [
      'an empty memory',
      ({ state: { memory } }) => {
        memory.fill(0);
      },
    ],
    [
      'a pointer to nothing',
      ({ state }) => {
        state.pointers.guest = 8;
      },
    ],
    [
      'a pointer behind its memory',
      ({ state }) => {
        state.pointers.context = state.memory.length;
      },
    ],
  ])('that has %s is refused as damaged', async (_, change) => {
    expect(await refusalOf(change)).toContain('The snapshot of the sandbox is damaged');
  });

  test('that has more memory than it may have is refused with the limit', async () => {
    const error = await refusalOf(({ state }) => {
      const memory = new Uint8Array(64 * 1024 * 1024);
      memory.set(state.memory);
      state.memory = memory;
    });

    expect(error).toMatch(/has 67108864 bytes of memory, more than limits\.memoryBytes, \d+, allows/);
  });

  async function refusalOf(change: (saved: SavedState) => void): Promise<string> {
    const error = await openBench({ tools: { wait: () => 1 }, snapshot: forged(change) }).catch((cause) => cause);
    expect(error).toBeInstanceOf(AgentConfigurationError);
    return String(error);
  }
});
