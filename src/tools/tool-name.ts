import { AgentConfigurationError } from '../errors';
import { showSetting } from '../web/options';

const MAX_NAME_CHARACTERS = 64; // what chat endpoints allow
// words that cannot name a function of the model's code, names that its sandbox gives, and the key of the prototype
const RESERVED = new Set(
  `arguments await break case catch class console const continue debugger default delete do else enum eval export extends
  false finally for function globalThis if implements import in Infinity instanceof interface let NaN new null package print
  private protected public return static super switch this throw true try typeof undefined var void while with yield
  __proto__`.split(/\s+/),
);
/** Globals of the guest, the engine's own and the bridge's: code could not reach what is called so. */
const BUILT_IN = new Set(
  `AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DOMException DataView Date
  DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Int16Array
  Int32Array Int8Array InternalError Iterator JSON Map Math Number Object Promise Proxy RangeError ReferenceError Reflect
  RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array
  Uint8ClampedArray WeakMap WeakRef WeakSet atob btoa decodeURI decodeURIComponent encodeURI encodeURIComponent
  escape isFinite isNaN parseFloat parseInt performance queueMicrotask unescape`.split(/\s+/),
);

/**
 * Throws `AgentConfigurationError` unless a model can call something by this name and know it by this description: a
 * tool or a managed agent. `kind` is the word for it. With `inCode`, names of JavaScript's own globals are refused too.
 */
export function checkCallable(kind: string, name: unknown, description: unknown, { inCode = false } = {}): void {
  checkName(kind, name, { inCode });
  if (typeof description !== 'string' || description.trim() === '') {
    throw new AgentConfigurationError(
      `${kind} ${showSetting(name)}: it has no description for the model to read: description is ${showSetting(description)}, must be a text that is not empty`,
    );
  }
}

/** The part of `checkCallable` that is about the name. */
export function checkName(kind: string, name: unknown, { inCode = false } = {}): void {
  const refuse = (rule: string) => new AgentConfigurationError(`${kind} ${showSetting(name)}: the name ${rule}`);
  if (typeof name !== 'string' || !/^[A-Za-z_]\w*$/.test(name) || name.length > MAX_NAME_CHARACTERS) {
    throw refuse(
      `must be an identifier: letters, digits and _, not begin with a digit, and have at most ${MAX_NAME_CHARACTERS} characters`,
    );
  }
  if (RESERVED.has(name)) throw refuse('is a word of JavaScript or of its sandbox, choose another');
  if (inCode && BUILT_IN.has(name)) throw refuse('has a meaning in JavaScript, choose another');
}
