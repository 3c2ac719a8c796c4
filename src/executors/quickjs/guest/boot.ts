import { decode, encode } from '../../codec';
import { IMPORTED, THROWN } from '../../marks';
import {
  errorNamed,
  hasOwn,
  isArray,
  isError,
  keysOf,
  objectPrototype,
  parseJson,
  promiseThen,
  prototypeOf,
  setOwn,
  textOf,
} from '../../primordials';
import { makeConsole } from './console';
import { type GuestSettings, type Host, isPromise, type StepEnds, stepEnds, tellFailure } from './ends';
import { guardLists } from './long-lists';
import { guardTexts } from './long-texts';
import { forgetTraces, noteImport, noteThrown } from './traces';

/**
 * The guest's side of the bridge. It runs inside the sandbox before any code of the model, and is the only code there
 * that holds `host`. `scripts/generate.mjs` makes one text of this file and what it imports.
 */
/** What the host may call in the guest, all with texts; `begin` gives what the step's promise is to be told. */
export interface Guest {
  install(namesJson: string): void;
  define(encoded: string): void;
  begin(resetJson: string): StepEnds;
  settle(resultsJson: string): void;
  close(): void;
}

/** One call's result, as the host sends it. */
export interface SettledCall {
  id: string;
  /** The encoded result; absent when the call failed. */
  value?: string;
  error?: { name: string; message: string };
}

interface OpenCall {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Where the model's code made the call. */
  trace: string;
}

interface Step {
  answering: boolean;
}

/** Said of an answer that is the list of several arguments. */
const LIST = 'list';
const PromiseOf = Promise;
const ErrorOf = Error;
const world = globalThis;
const define = Object.defineProperty;
export function boot(host: Host, settingsJson: string): Guest {
  const settings = parseJson(settingsJson) as GuestSettings;
  const calls = makeCalls(host, settings);
  let step: Step | undefined;
  const current = (): Step | undefined => step;

  guardLists();
  guardTexts();
  makeConsole((text) => host('print', text, ''), settings.maxPrintCharacters);
  keepName('final_answer', (...args: unknown[]) => finalAnswer(host, settings, current, args));
  installAll(settings.functions, calls.make);
  define(world, THROWN, { __proto__: null, value: noteThrown } as PropertyDescriptor);
  define(world, IMPORTED, { __proto__: null, value: noteImport } as PropertyDescriptor);

  return {
    install: (namesJson) => installAll(parseJson(namesJson) as string[], calls.make),
    define: (encoded) => defineAll(decode(encoded) as object),
    begin: (resetJson) => {
      const began: Step = { answering: false };
      step = began;
      calls.forget();
      forgetTraces();
      resetAll(parseJson(resetJson) as string[]);
      return stepEnds(host, settings, () => step === began && !began.answering);
    },
    settle: (resultsJson) => calls.settle(parseJson(resultsJson) as SettledCall[]),
    close: () => {
      step = undefined;
      calls.forget();
      forgetTraces();
    },
  };
}

function makeCalls(host: Host, { crossCharacters, maxCalls }: GuestSettings) {
  let open: { [id: string]: OpenCall } = noCalls();
  const make = (name: string, args: unknown[]): Promise<unknown> =>
    new PromiseOf((resolve, reject) => {
      for (let index = 0; index < args.length; index++) {
        if (typeof args[index] === 'function')
          throw errorNamed('TypeError', `${name}: a function cannot be given to a tool`);
      }
      const text = encodeArguments(name, args, crossCharacters);
      const id = host('call', name, text);
      if (id === '') throw errorNamed('RangeError', `${name}: a step may make ${maxCalls} calls, and has`);
      open[id] = { resolve, reject, trace: textOf(new ErrorOf('').stack) };
    });
  const settle = (results: readonly SettledCall[]): void => {
    for (let index = 0; index < results.length; index++) {
      const result = results[index];
      const call = result && open[result.id];
      if (!result || !call) continue;
      delete open[result.id];
      if (hasOwn(result, 'value')) call.resolve(decode(result.value ?? ''));
      else call.reject(errorOfCall(result, call));
    }
  };
  const forget = (): void => {
    open = noCalls();
  };
  return { make, settle, forget };
}

function noCalls(): { [id: string]: OpenCall } {
  return { __proto__: null } as unknown as { [id: string]: OpenCall };
}

function encodeArguments(name: string, args: unknown[], maxCharacters: number): string {
  try {
    return encode(args, { cycles: 'error', maxCharacters });
  } catch (error) {
    const ours = typeof error === 'object' && error !== null && isError(error);
    if (!ours) throw error;
    const { name: kind, message } = error as Error;
    throw errorNamed(textOf(kind), `${name}: ${textOf(message)}`);
  }
}

function errorOfCall(result: SettledCall, call: OpenCall): Error {
  const error = errorNamed(textOf(result.error?.name ?? 'Error'), textOf(result.error?.message ?? ''));
  const trace = { __proto__: null, value: call.trace };
  define(error, 'stack', trace); // unlisted, as it was
  return error;
}

function installAll(names: readonly string[], make: (name: string, args: unknown[]) => Promise<unknown>): void {
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    if (!hasOwn(world, name)) keepName(name, (...args: unknown[]) => make(name, args));
  }
}

/** Puts a function of the host's into the guest's world so that the model's code cannot put another in its place. */
function keepName(name: string, target: (...args: unknown[]) => unknown): void {
  define(target, 'name', { __proto__: null, value: name } as PropertyDescriptor);
  const slot = {
    __proto__: null,
    get: () => target,
    set: () => {
      throw errorNamed('TypeError', `${name} is a tool: its name cannot be assigned to. Use another variable name.`);
    },
    enumerable: true,
    configurable: false,
  };
  define(world, name, slot);
}

function defineAll(variables: object): void {
  const names = keysOf(variables);
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    const value = (variables as Record<string, unknown>)[name];
    if (hasOwn(world, name)) (world as unknown as Record<string, unknown>)[name] = value;
    else setOwn(world, name, value);
  }
}

/** `let x;` and `class X` of a new step start anew, whatever an earlier step left there. */
function resetAll(names: readonly string[]): void {
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    if (hasOwn(world, name)) (world as unknown as Record<string, unknown>)[name] = undefined;
    else setOwn(world, name, undefined);
  }
}

function finalAnswer(
  host: Host,
  settings: GuestSettings,
  current: () => Step | undefined,
  args: readonly unknown[],
): never {
  const step = current();
  if (!step || step.answering) return halt();
  const given = args.length === 1 ? [givenAnswer(args[0])] : args;
  for (let index = 0; index < given.length; index++) {
    if (!isPromise(given[index])) continue;
    step.answering = true;
    answerLater(host, settings, allOf(given), () => current() === step);
    host('unwind', '', '');
    return halt();
  }
  const text = encodeAnswer(given, settings);
  if (step.answering) return halt(); // a getter of the answer gave an answer of its own
  step.answering = true;
  host('answer', text, given.length > 1 ? LIST : '');
  return halt();
}

/** All of them, promises awaited; built here since the guest may change what `Promise.all` uses. */
function allOf(given: readonly unknown[]): Promise<unknown[]> {
  return new PromiseOf((resolve, reject) => {
    const values: unknown[] = [];
    const next = (): void => {
      const at = values.length;
      const value = given[at];
      const keep = (kept: unknown): void => {
        setOwn(values, at, kept);
        next();
      };
      if (at === given.length) resolve(values);
      else if (isPromise(value)) promiseThen(value, keep, reject);
      else keep(value);
    };
    next();
  });
}

function answerLater(host: Host, settings: GuestSettings, answer: Promise<unknown[]>, isOpen: () => boolean): void {
  const onValue = (value: unknown) => {
    if (!isOpen()) return;
    try {
      const list = value as unknown[]; // made by `allOf`
      host('answer', encodeAnswer(list, settings), list.length > 1 ? LIST : '');
    } catch (error) {
      tellFailure(host, settings, error);
      return;
    }
    halt();
  };
  promiseThen(answer, onValue, (error) => {
    if (isOpen()) tellFailure(host, settings, error);
  });
}

/** No code may run after an answer, not even `catch` and `finally`: only the host's interrupt does that. */
function halt(): never {
  for (;;);
}

/** An answer whose parts cannot be looked at is given as it is: what cannot be read of it is marked. */
function givenAnswer(given: unknown): unknown {
  try {
    return isNamedAnswer(given) ? given.answer : given;
  } catch {
    return given;
  }
}

function isNamedAnswer(value: unknown): value is { answer: unknown } {
  if (typeof value !== 'object' || value === null || isArray(value)) return false;
  const keys = keysOf(value);
  return prototypeOf(value) === objectPrototype && keys.length === 1 && keys[0] === 'answer';
}

function encodeAnswer(given: readonly unknown[], { crossCharacters }: GuestSettings): string {
  for (let index = 0; index < given.length; index++) refuseFunction(given[index]);
  return encode(given.length > 1 ? given : given[0], { cycles: 'mark', maxCharacters: crossCharacters });
}

function refuseFunction(value: unknown): void {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw errorNamed(
      'TypeError',
      `final_answer: the answer is a ${typeof value}, which cannot leave the sandbox; give plain data`,
    );
  }
}
