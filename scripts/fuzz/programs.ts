import type { Random } from './random';

/** A program that was made up, and the value that it sends over the bridge at its end. */
export interface Program {
  code: string;
  probe: unknown;
}

const NAMES = ['a', 'b', 'c', 'list', 'map', 'text', 'fn', 'made'] as const;
const KEYS = ['x', 'then', 'length', 'toJSON', '$', 'constructor', 'name', 'message', '0', 'value'] as const;
const TEXTS = ['', 'x', '$', '__proto__', '\\u2028', '\\ud800', 'a\\0b', '\\"', '$\\{1}', '[{id: c1}]'] as const;
const NUMBERS = ['0', '-0', '1e9', 'NaN', 'Infinity', '2 ** 53', '10n ** 30n', '-1', '0.1', '4294967295'] as const;
const HOLDERS = [
  ...(['Object', 'Array', 'Promise', 'String', 'Function', 'Error', 'Map', 'Set', 'RegExp', 'Date'] as const),
  ...(['Number', 'Symbol', 'Uint8Array', 'ArrayBuffer'] as const),
] as const;
const METHODS = [
  ...(['then', 'push', 'map', 'slice', 'get', 'set', 'has', 'toString', 'valueOf', 'call', 'apply', 'join'] as const),
  ...(['charCodeAt', 'constructor', 'forEach', 'next', 'catch', 'toJSON', 'length', '0', 'id', 'resolve'] as const),
] as const;
const STATICS = [
  'JSON.parse',
  'JSON.stringify',
  'Object.keys',
  'Object.defineProperty',
  'Object.getPrototypeOf',
  'Reflect.apply',
  'Reflect.ownKeys',
  'Array.isArray',
  'Array.from',
  'Promise.resolve',
  'globalThis.Promise',
  'globalThis.Map',
  'globalThis.Error',
  'globalThis.String',
  'Number.isInteger',
] as const;
const SYMBOLS = ['iterator', 'toPrimitive', 'species', 'hasInstance', 'toStringTag', 'asyncIterator'] as const;
const WELL = ['undefined', 'null', 'true', 'this', 'globalThis', 'Symbol("s")', 'new Date(5)', '/a+/g'] as const;

/** A program of random statements which abuse the language and the tools, then `final_answer(await echo({ value: probe }))`. */
export function randomProgram(random: Random, mark: string): Program {
  const statements = random.times(7, () => protect(random, statement(random, 2)));
  const probe = { mark, data: plainData(random, 3) };
  statements.push(`final_answer(await echo({ value: ${JSON.stringify(probe)} }));`);
  return { code: statements.join('\n'), probe };
}

/** Most statements may fail without ending the program. */
function protect(random: Random, code: string): string {
  return random.next() < 0.85 ? `try { ${code} } catch (e) { ${random.next() < 0.2 ? 'console.log(e);' : ''} }` : code;
}

function statement(random: Random, depth: number): string {
  const value = () => expression(random, depth);
  const name = random.pick(NAMES);
  return random.pick<() => string>([
    () => `var ${name} = ${value()};`,
    () => `globalThis.${name} = ${value()};`,
    () => `console.log(${value()}, ${value()});`,
    () => `await ${tool(random, value)};`,
    () => `${tool(random, value)};`,
    () => `${random.pick(HOLDERS)}.prototype[${key(random)}] = ${value()};`,
    () => `Object.defineProperty(${random.pick(HOLDERS)}.prototype, ${key(random)}, ${descriptor(random, value)});`,
    () => `${random.pick(STATICS)} = ${value()};`,
    () => `delete ${random.pick(HOLDERS)}.prototype[${key(random)}];`,
    () => `for (let i = 0; i < ${random.pick(['3', '100', '1e4'])}; i++) { ${random.pick(NAMES)} = ${value()}; }`,
    () => `throw ${value()};`,
    () => `await ${value()};`,
    () => `Promise.reject(${value()});`,
    () => `(async () => { await ${tool(random, value)}; ${tool(random, value)}; })();`,
    () =>
      `class K extends ${random.pick(HOLDERS)} { constructor(...r) { super(...r); this.k = ${withoutAwait(value())}; } }; ${name} = new K();`,
    () => `Object.freeze(${random.pick(['Object.prototype', 'Array.prototype', 'globalThis', 'Promise.prototype'])});`,
    () => `Object.setPrototypeOf(${value()}, ${value()});`,
    () => `final_answer(${value()});`,
  ])();
}

function expression(random: Random, depth: number): string {
  const inner = () => (depth <= 0 ? leaf(random) : expression(random, depth - 1));
  const plain = () => withoutAwait(inner());
  return random
    .pick<() => string>([
      () => leaf(random),
      () => leaf(random),
      () => `[${random.times(3, inner).join(', ')}]`,
      () => `({ ${random.times(3, () => `[${key(random)}]: ${inner()}`).join(', ')} })`,
      () => `({ get '${random.pick(KEYS)}'() { ${effect(random, plain)} return ${plain()}; }, x: ${inner()} })`,
      () => `new Proxy(${random.pick(['{}', '[]', 'function () {}', 'new Map()'])}, ${traps(random, plain)})`,
      () => `(() => { const o = { a: ${plain()} }; o.self = o; return o; })()`,
      () => `new Map([[${inner()}, ${inner()}]])`,
      () => `new Set([${inner()}])`,
      () => `Promise.resolve(${inner()})`,
      () => `({ then(done) { ${effect(random, plain)} done(${plain()}); } })`,
      () => `new ${random.pick(['Error', 'TypeError', 'RangeError'])}(${inner()}, { cause: ${inner()} })`,
      () => `(function () { ${effect(random, plain)} return ${plain()}; })`,
      () => `new ${random.pick(['Uint8Array', 'Float64Array', 'BigInt64Array'])}(${random.pick(['3', '1e6', '[]'])})`,
      () => `"${random.pick(TEXTS)}".repeat(${random.pick(['1', '1000', '1e6'])})`,
      () => `((f) => f(f, 0))((f, n) => n > ${random.pick(['10', '400', '1e5'])} ? ${plain()} : [f(f, n + 1)])`,
      () => `await ${tool(random, inner)}`,
    ])()
    .replace(/^\{/, '({')
    .replace(/^(\(\{.*\})$/s, '$1)');
}

function leaf(random: Random): string {
  return random.pick<() => string>([
    () => random.pick(NUMBERS),
    () => `"${random.pick(TEXTS)}"`,
    () => random.pick(WELL),
    () => `globalThis.${random.pick(NAMES)}`,
    () => random.pick(['echo', 'add', 'final_answer', 'console', 'print']),
  ])();
}

/** What getters, traps and functions do before they give something. */
function effect(random: Random, value: () => string): string {
  return random.pick<() => string>([
    () => '',
    () => 'throw 1;',
    () => 'console.log("effect");',
    () => `echo(${value()});`,
    () => `final_answer("from an effect");`,
    () => 'globalThis.count = (globalThis.count | 0) + 1; if (globalThis.count > 1000) throw 2;',
  ])();
}

function traps(random: Random, value: () => string): string {
  const body = () => `{ ${effect(random, value)} return ${value()}; }`;
  const names = [
    'get',
    'has',
    'ownKeys',
    'getOwnPropertyDescriptor',
    'getPrototypeOf',
    'set',
    'defineProperty',
  ] as const;
  return `{ ${random.times(3, () => `${random.pick(names)}() ${body()}`).join(', ')} }`;
}

function descriptor(random: Random, value: () => string): string {
  const plain = () => withoutAwait(value());
  const get = `get() { ${effect(random, plain)} return ${plain()}; }, set() {}`;
  return `{ ${random.next() < 0.5 ? get : `value: ${value()}, writable: true`}, configurable: true }`;
}

/** For the body of a function, which is not async. */
function withoutAwait(code: string): string {
  return code.replaceAll('await ', '');
}

function tool(random: Random, value: () => string): string {
  return random.pick<() => string>([
    () => `echo(${value()})`,
    () => `echo({ value: ${value()} })`,
    () => `add(${value()}, ${value()})`,
    () => `fail(${value()})`,
    () => 'user()',
  ])();
}

function key(random: Random): string {
  return random.next() < 0.2 ? `Symbol.${random.pick(SYMBOLS)}` : `"${random.pick([...METHODS, ...KEYS])}"`;
}

/** What JSON can say, and so what must arrive as it was sent. */
function plainData(random: Random, depth: number): unknown {
  const inner = () => plainData(random, depth - 1);
  if (depth === 0 || random.next() < 0.4) {
    return random.pick<unknown>([null, true, 0, -1.5, 1e21, '', '$', 'é\u2028"\\', '\ud83d\ude00', '__proto__x']);
  }
  if (random.next() < 0.5) return random.times(3, inner);
  return Object.fromEntries(random.times(3, () => [random.pick([...KEYS]), inner()] as const));
}
