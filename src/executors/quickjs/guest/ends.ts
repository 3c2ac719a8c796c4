import { attempt } from '../../attempt';
import { encode } from '../../codec';
import { accepts, hasOwn, isError, promiseThen, slice } from '../../primordials';
import { cut, show } from '../../show';
import { traceOf } from './traces';

/** The one function of the host that the guest's side of the bridge holds. */
export type Host = (
  operation: 'call' | 'print' | 'answer' | 'unwind' | 'settled' | 'failed',
  first: string,
  second: string,
) => string;

export interface GuestSettings {
  functions: readonly string[];
  crossCharacters: number;
  maxPrintCharacters: number;
  maxErrorCharacters: number;
  maxCalls: number;
}

export interface StepEnds {
  fulfilled(result: { value?: unknown }): void;
  rejected(error: unknown): void;
}

/** What the promise of a step's code is to be told; deaf when the step is over. */
export function stepEnds(host: Host, settings: GuestSettings, isOpen: () => boolean): StepEnds {
  const failed = (error: unknown): void => {
    if (isOpen()) tellFailure(host, settings, error);
  };
  const settled = (value: unknown): void => {
    if (isOpen()) host('settled', value === undefined ? '' : observed(value, settings), '');
  };
  const fulfilled = (result: { value?: unknown }): void => {
    try {
      const value = hasOwn(result, 'value') ? result.value : undefined;
      if (isPromise(value)) promiseThen(value, settled, failed);
      else settled(value);
    } catch (error) {
      failed(error);
    }
  };
  return { fulfilled, rejected: failed };
}

/** Never fails: what cannot cross as it is crosses as a text about it. */
function observed(value: unknown, { crossCharacters }: GuestSettings): string {
  try {
    if (typeof value !== 'function' && typeof value !== 'symbol')
      return encode(value, { maxCharacters: crossCharacters });
  } catch {
    // too large, or a getter threw: shown as far as it goes
  }
  return encode(cut(show(value, crossCharacters >> 4), crossCharacters >> 4));
}

export function isPromise(value: unknown): value is Promise<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return accepts((self) => promiseThen(self as Promise<unknown>, ignore, ignore), value);
}

function ignore(): void {}

export function tellFailure(host: Host, settings: GuestSettings, error: unknown): void {
  let text = '';
  try {
    text = describe(error, settings.maxErrorCharacters);
  } catch {
    // no memory left to say more: the empty text says that
  }
  host('failed', text, '');
}

function describe(error: unknown, maxCharacters: number): string {
  const facts = { name: 'Error', message: '', stack: '' };
  if (typeof error === 'object' && error !== null && attempt(true, isError, error)) {
    facts.name = readText(error, 'name', 200) || 'Error';
    facts.message = readText(error, 'message', maxCharacters);
    facts.stack = readText(error, 'stack', 8_192);
  } else facts.message = `${cut(show(error, maxCharacters), maxCharacters - 200)} was thrown`;
  facts.stack += `\n${traceOf(error)}`; // behind the error's own, whose lines may be those of an earlier step
  return encode(facts);
}

function readText(error: object, key: string, maxCharacters: number): string {
  try {
    const value = (error as Record<string, unknown>)[key];
    return typeof value === 'string' ? slice(value, 0, maxCharacters) : '';
  } catch {
    return '';
  }
}
