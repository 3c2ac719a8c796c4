import { AgentConfigurationError } from '../errors';
import { isRecord } from '../web/record';
import type { CellState } from './cell';
import type { SavedPrints } from './printed';

/** The engine build whose memory a snapshot holds: another one cannot read it. */
export const ENGINE = 'quickjs-wasi 3.6.2';
const CHECKSUM_BYTES = 8;
const SPACE = 32;
/** Memory before the step is saved as the blocks in which it differs. */
const BLOCK_BYTES = 4_096;
/** Of WebAssembly. */
const PAGE_BYTES = 65_536;
/** The most that the engine may be given (`limits.memoryBytes` and its own). */
const MAX_MEMORY_BYTES = 2 ** 30 + 2 ** 22;

/** A step under way, as plain data. */
export interface StepRecord {
  file: string;
  code: string;
  names: readonly string[];
  hasValue: boolean;
  printedLast: boolean;
  /** As in `PreparedCode`. */
  awaitLine?: number;
  spentMs: number;
  unawaited: readonly string[];
  prints: SavedPrints;
}

/** What a snapshot holds; `step` and `before` (the state to go back to) are there in the middle of a step. */
export interface SavedState {
  state: CellState;
  nextCall: number;
  step?: StepRecord;
  before?: CellState;
}

/**
 * Length of the facts as 4 bytes, the facts as JSON with spaces behind it, the memory, the blocks that were different
 * before the step, a checksum of all that as 8 bytes. Every part is a whole number of 4 bytes.
 */
export function packState({ state, nextCall, step, before }: SavedState): Uint8Array {
  const blocks = before ? blocksOf(before.memory, state.memory) : [];
  const { memory, ...facts } = state;
  const header = {
    engine: ENGINE,
    nextCall,
    memoryBytes: memory.length,
    facts,
    ...(step && { step }),
    ...(before && { before: { ...before, memory: undefined }, beforeBytes: before.memory.length, blocks }),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 4 + Math.ceil(json.length / 4) * 4;
  const length = start + memory.length + blocks.length * BLOCK_BYTES;
  const packed = new Uint8Array(length + CHECKSUM_BYTES);
  new DataView(packed.buffer).setUint32(0, start - 4);
  packed.fill(SPACE, 4, start);
  packed.set(json, 4);
  packed.set(memory, start);
  let at = start + memory.length;
  for (const block of blocks) {
    packed.set(before?.memory.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES) ?? [], at);
    at += BLOCK_BYTES;
  }
  packed.set(checksumOf(packed.subarray(0, length)), length);
  return packed;
}

const HEADER: readonly (keyof Header)[] = [
  ...(['engine', 'nextCall', 'memoryBytes', 'facts', 'step', 'before', 'beforeBytes', 'blocks'] as const),
];
const STEP: readonly (keyof StepRecord)[] = [
  ...(['file', 'code', 'names', 'hasValue', 'printedLast', 'awaitLine', 'spentMs', 'unawaited', 'prints'] as const),
];

interface Header {
  engine: string;
  nextCall: number;
  memoryBytes: number;
  facts: Omit<CellState, 'memory'>;
  step?: StepRecord;
  before?: Omit<CellState, 'memory'>;
  beforeBytes?: number;
  blocks?: readonly number[];
}

/** Whether these bytes are of `packState`, whole or not, of this engine or another one. */
export function isPacked(given: Uint8Array): boolean {
  return readHeader(given) !== undefined;
}

/**
 * What `packState` packed. Throws an `AgentConfigurationError` for other bytes, those of another engine, and any of which
 * one is missing or another one than was packed.
 */
export function unpackState(given: Uint8Array): SavedState {
  const packed = given.byteOffset % 4 === 0 ? given : given.slice();
  const header = readHeader(packed);
  if (header?.engine !== ENGINE) {
    throw new AgentConfigurationError(
      `This is no snapshot of a sandbox made with ${ENGINE}${header ? ` but with ${String(header.engine)}` : ''}.`,
    );
  }
  checkHeader(header);
  const start = 4 + new DataView(packed.buffer, packed.byteOffset).getUint32(0);
  const blocks = header.blocks ?? [];
  const length = start + header.memoryBytes + blocks.length * BLOCK_BYTES;
  if (packed.length !== length + CHECKSUM_BYTES)
    throw new AgentConfigurationError(
      `This snapshot of a sandbox is cut off at ${packed.length} bytes, or is an older one.`,
    );
  const checksum = checksumOf(packed.subarray(0, length));
  if (checksum.some((byte, index) => packed[length + index] !== byte))
    throw new AgentConfigurationError('This snapshot of a sandbox is damaged: its bytes do not fit their checksum.');
  const memory = packed.slice(start, start + header.memoryBytes);
  const state: CellState = { ...header.facts, memory };
  const saved: SavedState = { state, nextCall: header.nextCall, ...(header.step && { step: header.step }) };
  if (!header.before || header.beforeBytes === undefined) return saved;
  const old = new Uint8Array(header.beforeBytes);
  old.set(memory.subarray(0, old.length));
  let at = start + memory.length;
  for (const block of blocks) {
    const room = Math.min(BLOCK_BYTES, old.length - block * BLOCK_BYTES);
    old.set(packed.subarray(at, at + room), block * BLOCK_BYTES);
    at += BLOCK_BYTES;
  }
  return { ...saved, before: { ...header.before, memory: old } };
}

/** A header is not to be trusted: it may come from a file. Throws where the engine could not have written it. */
function checkHeader(header: Header): void {
  const isPages = (bytes: unknown) => isCount(bytes) && bytes % PAGE_BYTES === 0 && bytes <= MAX_MEMORY_BYTES;
  const { nextCall, memoryBytes, facts, step, before, beforeBytes, blocks = [] } = header;
  const hasBefore = before !== undefined;
  const fits =
    hasOnly(header, HEADER) &&
    isCount(nextCall) &&
    isPages(memoryBytes) &&
    isFacts(facts, memoryBytes) &&
    (step === undefined) === !hasBefore &&
    (step === undefined || isStep(step)) &&
    (!hasBefore || (isPages(beforeBytes) && isFacts(before, Number(beforeBytes)))) &&
    Array.isArray(blocks) &&
    blocks.every((block) => isCount(block) && hasBefore && block * BLOCK_BYTES < Number(beforeBytes));
  if (!fits)
    throw new AgentConfigurationError(
      'This snapshot of a sandbox is damaged: its header is not one that the engine writes.',
    );
}

function isFacts(facts: unknown, memoryBytes: number): boolean {
  if (!isRecord(facts) || !hasOnly(facts, ['pointers', 'open', 'callsMade', 'outcome'])) return false;
  const { pointers, open, callsMade, outcome } = facts;
  const isPointer = (value: unknown) => isCount(value) && value > 0 && value <= memoryBytes;
  const isCall = (call: unknown) =>
    isRecord(call) && hasOnly(call, ['id', 'name', 'args']) && [call.id, call.name, call.args].every(isText);
  const isOutcome =
    isRecord(outcome) &&
    hasOnly(outcome, ['type', 'text']) &&
    isText(outcome.text) &&
    (outcome.type === 'value' || outcome.type === 'error');
  return (
    isRecord(pointers) &&
    hasOnly(pointers, ['stack', 'runtime', 'context', 'guest']) &&
    [pointers.stack, pointers.runtime, pointers.context, pointers.guest].every(isPointer) &&
    Array.isArray(open) &&
    open.every(isCall) &&
    isCount(callsMade) &&
    (outcome === undefined || isOutcome)
  );
}

function isStep(step: unknown): boolean {
  if (!isRecord(step) || !hasOnly(step, STEP)) return false;
  const { file, code, names, hasValue, printedLast, awaitLine, spentMs, unawaited, prints } = step;
  return (
    [file, code].every(isText) &&
    [names, unawaited].every((list) => Array.isArray(list) && list.every(isText)) &&
    [hasValue, printedLast].every((flag) => typeof flag === 'boolean') &&
    (awaitLine === undefined || isCount(awaitLine)) &&
    typeof spentMs === 'number' &&
    spentMs >= 0 &&
    Array.isArray(prints) &&
    prints.length === 3 &&
    prints.slice(0, 2).every(isText) &&
    isCount(prints[2])
  );
}

function hasOnly(value: object, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function readHeader(packed: Uint8Array): Header | undefined {
  try {
    const length = new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getUint32(0);
    const header: unknown = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + length)));
    return typeof header === 'object' && header !== null && 'engine' in header ? (header as Header) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Two sums of all words that tell damage from what was packed: each change of one word changes both, any other one goes
 * unnoticed once in 2^64. No secret is in it: it does not tell who packed the bytes.
 */
function checksumOf(bytes: Uint8Array): Uint8Array {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let left = 0x9e3779b9;
  let right = 0x85ebca6b;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0;
    left = Math.imul(left ^ word, 0x01000193);
    left = (left << 13) | (left >>> 19); // else what differs in the highest bits stays there
    right = Math.imul(right ^ word, 0x5bd1e995);
    right = (right << 7) | (right >>> 25);
  }
  return new Uint8Array(new Int32Array([left, right]).buffer);
}

/** Numbers of the blocks of `old` that `now` does not have. Both are a whole number of 64 KiB pages. */
function blocksOf(old: Uint8Array, now: Uint8Array): number[] {
  const blocks: number[] = [];
  const before = new Int32Array(old.buffer, old.byteOffset, old.length / 4);
  const after = new Int32Array(now.buffer, now.byteOffset, now.length / 4);
  const perBlock = BLOCK_BYTES / 4;
  for (let block = 0; block * BLOCK_BYTES < old.length; block++) {
    for (let index = block * perBlock; index < (block + 1) * perBlock; index++) {
      if (before[index] === after[index]) continue;
      blocks.push(block);
      break;
    }
  }
  return blocks;
}
