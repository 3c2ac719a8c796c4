import type { Clock, Tool, ToolHandle } from 'smolagents-web';
import { deepEquals } from '../json';
import { CaseError } from '../player';
import type { Behaviour, ToolCase } from './case';
import { picture } from './picture';

/** One run of a host tool. */
export interface ToolRun {
  tool: string;
  args: Readonly<Record<string, unknown>>;
}

type Args = Readonly<Record<string, unknown>>;
/** What a tool does with its arguments, waiting on the run's clock. */
type Action = (args: Args, handle: Pick<ToolHandle, 'clock' | 'signal'>) => unknown;

/** Keys that each kind of behaviour takes. */
const KEYS: Readonly<Record<Behaviour['kind'], readonly (keyof Behaviour)[]>> = {
  return: ['value'],
  template: ['template'],
  echo: ['arg'],
  add: [],
  throw: ['message'],
  throw_if: ['arg', 'equals', 'message', 'else'],
  delay: ['ms', 'ms_arg', 'then'],
  image: ['w', 'h'],
};
/** Keys without which a kind says nothing; a value to give that is left out is null, a message empty, a picture one pixel. */
const NEEDED: Readonly<Partial<Record<Behaviour['kind'], readonly (keyof Behaviour)[]>>> = {
  template: ['template'],
  echo: ['arg'],
  throw_if: ['arg', 'equals'],
};

/** The tool of a case; `onRun` is told of each run before it begins. Throws a `CaseError` for a behaviour that lacks a key. */
export function toTool(tool: ToolCase, onRun: (run: ToolRun) => void): Tool<Args> {
  const { name, description = `The tool ${name}.`, inputs = {}, output_type: outputType, behaviour } = tool;
  if (!behaviour) throw new CaseError(`tool ${name} has no behaviour`);
  const act = toAction(behaviour, `tool ${name}: behaviour`);
  const described = Object.entries(inputs).map(
    ([input, rule]) => [input, { description: `The ${input}.`, ...rule }] as const,
  );
  return {
    name,
    description,
    inputs: Object.fromEntries(described),
    ...(outputType && { outputType }),
    execute(args: Args, handle: { clock: Clock; signal: AbortSignal }) {
      onRun({ tool: name, args: { ...args } });
      return act(args, handle);
    },
  };
}

function toAction(behaviour: Behaviour, path: string): Action {
  checkBehaviour(behaviour, path);
  const {
    kind,
    value = null,
    template = '',
    arg = '',
    equals,
    message = '',
    ms,
    ms_arg: msArg = '',
    w = 1,
    h = 1,
  } = behaviour;
  if (kind === 'return') return () => structuredClone(value);
  if (kind === 'template') return (args) => fill(template, args);
  if (kind === 'echo') return (args) => args[arg];
  if (kind === 'add') return ({ a, b }) => Number(a) + Number(b);
  if (kind === 'throw') return () => fail(message);
  if (kind === 'image') return () => picture(w, h);
  if (kind === 'throw_if') {
    const otherwise = toAction(behaviour.else ?? { kind: 'return' }, `${path}.else`);
    return (args, handle) => (deepEquals(args[arg], equals) ? fail(message) : otherwise(args, handle));
  }
  const next = toAction(behaviour.then ?? { kind: 'return' }, `${path}.then`);
  return async (args, handle) => {
    await handle.clock.sleep(ms ?? Number(args[msArg]), handle.signal);
    return next(args, handle);
  };
}

function checkBehaviour(behaviour: Behaviour, path: string): void {
  const { kind, ms, ms_arg: msArg } = behaviour;
  const allowed: readonly string[] = ['kind', ...KEYS[kind]];
  const extra = Object.keys(behaviour).find((key) => !allowed.includes(key));
  if (extra) throw new CaseError(`${path}: ${extra} has no meaning for ${kind}`);
  const missing = NEEDED[kind]?.find((key) => !(key in behaviour));
  if (missing) throw new CaseError(`${path}: ${kind} needs ${missing}`);
  if (kind === 'delay' && (ms === undefined) === (msArg === undefined))
    throw new CaseError(`${path}: delay needs ms or ms_arg`);
}

function fill(template: string, args: Args): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in args ? String(args[name]) : whole));
}

function fail(message: string): never {
  throw new Error(message);
}
