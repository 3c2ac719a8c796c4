import { isRecord } from '../web/record';
import type { CellState } from './cell';
import type { SavedPrints } from './printed';

/** The engine build whose memory a snapshot holds: another one cannot read it. */
export const ENGINE = 'quickjs-wasi 3.6.2';
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

/** Length of the facts as 4 bytes, the facts as JSON, the memory, the blocks that were different before the step. */
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
  const headerBytes = new TextEncoder().encode(JSON.stringify(header));
  const packed = new Uint8Array(4 + headerBytes.length + memory.length + blocks.length * BLOCK_BYTES);
  new DataView(packed.buffer).setUint32(0, headerBytes.length);
  packed.set(headerBytes, 4);
  packed.set(memory, 4 + headerBytes.length);
  let at = 4 + headerBytes.length + memory.length;
  for (const block of blocks) {
    packed.set(before?.memory.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES) ?? [], at);
    at += BLOCK_BYTES;
  }
  return packed;
}

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

/** What `packState` packed. Throws for other bytes, and for those of another engine. */
export function unpackState(packed: Uint8Array): SavedState {
  const header = readHeader(packed);
  if (header?.engine !== ENGINE) {
    throw new Error(
      `This is no snapshot of a sandbox made with ${ENGINE}${header ? ` but with ${String(header.engine)}` : ''}.`,
    );
  }
  checkHeader(header);
  const start = 4 + new DataView(packed.buffer, packed.byteOffset).getUint32(0);
  const memory = packed.slice(start, start + header.memoryBytes);
  const blocks = header.blocks ?? [];
  if (packed.length !== start + header.memoryBytes + blocks.length * BLOCK_BYTES)
    throw new Error(`This snapshot is cut off at ${packed.length} bytes.`);
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
    isCount(nextCall) &&
    isPages(memoryBytes) &&
    isFacts(facts, memoryBytes) &&
    (step === undefined) === !hasBefore &&
    (step === undefined || isStep(step)) &&
    (!hasBefore || (isPages(beforeBytes) && isFacts(before, Number(beforeBytes)))) &&
    Array.isArray(blocks) &&
    blocks.every((block) => isCount(block) && hasBefore && block * BLOCK_BYTES < Number(beforeBytes));
  if (!fits) throw new Error('This snapshot of a sandbox is damaged: its header is not one that the engine writes.');
}

function isFacts(facts: unknown, memoryBytes: number): boolean {
  if (!isRecord(facts)) return false;
  const { pointers, open, callsMade, outcome } = facts;
  const isPointer = (value: unknown) => isCount(value) && value <= memoryBytes;
  const isCall = (call: unknown) => isRecord(call) && [call.id, call.name, call.args].every(isText);
  const isOutcome = isRecord(outcome) && isText(outcome.text) && (outcome.type === 'value' || outcome.type === 'error');
  return (
    isRecord(pointers) &&
    [pointers.stack, pointers.runtime, pointers.context, pointers.guest].every(isPointer) &&
    Array.isArray(open) &&
    open.every(isCall) &&
    isCount(callsMade) &&
    (outcome === undefined || isOutcome)
  );
}

function isStep(step: unknown): boolean {
  if (!isRecord(step)) return false;
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
