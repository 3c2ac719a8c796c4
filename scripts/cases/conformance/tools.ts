import type { AnyTool, Clock, ToolHandle } from 'smolagents-web';
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

/** Keys that each kind of behaviour takes, all needed; `delay` needs one of `ms` and `ms_arg`. */
const KEYS: Readonly<Record<Behaviour['kind'], readonly (keyof Behaviour)[]>> = {
  return: ['value'],
  template: ['template'],
  echo: ['arg'],
  add: [],
  throw: ['message'],
  throw_if: ['arg', 'equals', 'message', 'else'],
  delay: ['then'],
  image: ['w', 'h'],
};

/** The tool of a case; `onRun` is told of each run before it begins. Throws a `CaseError` for a behaviour that lacks a key. */
export function toTool(tool: ToolCase, onRun: (run: ToolRun) => void): AnyTool {
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
    value,
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
    const otherwise = toAction(behaviour.else ?? { kind: 'return', value: null }, `${path}.else`);
    return (args, handle) => (deepEquals(args[arg], equals) ? fail(message) : otherwise(args, handle));
  }
  const next = toAction(behaviour.then ?? { kind: 'return', value: null }, `${path}.then`);
  return async (args, handle) => {
    await handle.clock.sleep(ms ?? Number(args[msArg]), handle.signal);
    return next(args, handle);
  };
}

function checkBehaviour(behaviour: Behaviour, path: string): void {
  const needed = KEYS[behaviour.kind];
  const delay: readonly string[] = behaviour.kind === 'delay' ? ['ms', 'ms_arg'] : [];
  const allowed = ['kind', ...needed, ...delay];
  const given = Object.keys(behaviour);
  for (const key of given)
    if (!allowed.includes(key)) throw new CaseError(`${path}: ${key} has no meaning for ${behaviour.kind}`);
  for (const key of needed) if (!given.includes(key)) throw new CaseError(`${path}: ${behaviour.kind} needs ${key}`);
  if (delay.length > 0 && delay.every((key) => !given.includes(key)))
    throw new CaseError(`${path}: delay needs ms or ms_arg`);
}

function fill(template: string, args: Args): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in args ? String(args[name]) : whole));
}

function fail(message: string): never {
  throw new Error(message);
}
