import { type AnyTool, tool } from 'smolagents-web';

/** What the cases' tool `get_user` hands out: one object of the host, each time the same. */
export const hostUser = { id: 1, name: 'Ada', roles: ['user'], prefs: { theme: 'dark' } };

export const CANARY = 'canary-7d1e';

export const TOOL_NAMES = ['add', 'echo', 'get_user', 'fail', 'slow', 'never', 'big'] as const;

const REPEAT_LIMIT = 3;

/**
 * The tools of `rules.tools`; `onCall` is told the name of each one that runs. They are those of any agent: the same call with
 * the same result ends the run at the third. Only where a case allows more of them (`hostCallsMax`), it is the sandbox's own
 * limit of calls that must hold, and they are `repeatable`.
 */
export function hostTools(
  onCall: (name: string) => void,
  hostCallsMax: Readonly<Record<string, number>> = {},
): AnyTool[] {
  const any = { type: 'any', description: 'Anything.' } as const;
  const make = (name: (typeof TOOL_NAMES)[number], inputs: readonly string[], act: (args: Args) => unknown) =>
    tool({
      name,
      description: `The tool ${name}.`,
      inputs: Object.fromEntries(inputs.map((input) => [input, any])),
      outputType: 'any',
      repeatable: (hostCallsMax[name] ?? 0) > REPEAT_LIMIT,
      execute: async (args: Args) => {
        onCall(name);
        return act(args);
      },
    });
  return [
    make('add', ['a', 'b'], add),
    make('echo', ['value'], ({ value }) => value),
    make('get_user', ['id'], () => hostUser),
    make('fail', ['message'], ({ message }) => {
      throw Object.assign(new Error(`tool failed: ${message}`), { secret: CANARY });
    }),
    make('slow', ['ms'], ({ ms }) => new Promise((resolve) => setTimeout(resolve, Number(ms), 'done'))),
    make('never', [], () => new Promise(() => {})),
    make('big', ['n'], ({ n }) => 'x'.repeat(Number(n))),
  ];
}

type Args = Readonly<Record<string, unknown>>;

function add({ a, b }: Args): number {
  if (typeof a !== 'number' || typeof b !== 'number') throw new TypeError('a and b must be numbers');
  return a + b;
}
