import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { runtime } from '../../src/runtimes/node';
import { contextManager, ensureContextManager } from '../../src/telemetry/context-manager';

afterEach(() => context.disable());

const KEY = createContextKey('who');
const of = (who: string) => ROOT_CONTEXT.setValue(KEY, who);
const whoIn = (active: { getValue(key: symbol): unknown }) => active.getValue(KEY);

test('in Node what was entered is still active after an await, in each of two runs at once', async () => {
  const reach = await ensureContextManager();

  const seen = await Promise.all(['a', 'b'].map((who) => context.with(of(who), afterAwait)));

  expect(reach).toBe('async');
  expect(seen).toEqual(['a', 'b']);
  expect(whoIn(context.active())).toBeUndefined();
});

test('the manager is there as soon as it was asked for', () => {
  void ensureContextManager();

  const seen = context.with(of('a'), () => whoIn(context.active()));

  expect(seen).toBe('a');
});

test('a manager that the app registered stays', async () => {
  const { manager } = contextManager(undefined);
  context.setGlobalContextManager(manager);

  const reach = await ensureContextManager();

  expect(reach).toBe('foreign');
  const seen = await context.with(of('a'), afterAwait);
  expect(seen).toBeUndefined(); // on a stack still, not on what Node would give
});

test('on a stack the innermost context is active, and the one before is back also after a throw', () => {
  const { manager } = contextManager(undefined);

  const seen = manager.with(of('a'), () => {
    const inner = manager.with(of('b'), () => whoIn(manager.active()));
    expect(() => manager.with(of('c'), () => fail())).toThrow('no');
    return [inner, whoIn(manager.active())];
  });

  expect(seen).toEqual(['b', 'a']);
  expect(manager.active()).toBe(ROOT_CONTEXT);
});

test('storage that is found a moment later takes over from the stack', async () => {
  const { manager, reach } = contextManager(Promise.resolve(runtime.asyncStorage()));
  const before = manager.with(of('a'), () => whoIn(manager.active()));

  const found = await reach;

  const after = await manager.with(of('b'), async () => {
    await Promise.resolve();
    return whoIn(manager.active());
  });
  expect([before, found, after]).toEqual(['a', 'async', 'b']);
});

test('storage that cannot be found leaves the stack', async () => {
  const { manager, reach } = contextManager(Promise.reject(new Error('no such module')));

  const found = await reach;

  expect(found).toBe('stack');
  expect(manager.with(of('a'), () => whoIn(manager.active()))).toBe('a');
});

test('a function that was bound runs in its context, with its own this and arguments', () => {
  const { manager } = contextManager(undefined);
  const subject = {
    name: 'x',
    say(this: { name: string }, word: string) {
      return `${this.name} ${word} ${whoIn(manager.active())}`;
    },
  };

  subject.say = manager.bind(of('a'), subject.say);

  expect(subject.say('sees')).toBe('x sees a');
  expect(manager.bind(of('a'), 'text')).toBe('text');
});

test('where the language has AsyncContext, that is what carries it', async () => {
  Reflect.set(globalThis, 'AsyncContext', { Variable: asyncVariable('from the language') });

  await ensureContextManager();

  Reflect.deleteProperty(globalThis, 'AsyncContext');
  expect(context.with(of('a'), () => whoIn(context.active()))).toBe('from the language');
});

async function afterAwait(): Promise<unknown> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return whoIn(context.active());
}

function fail(): never {
  throw new Error('no');
}

/** A variable as in the proposal, as far as a call reaches, that always has the same value. */
function asyncVariable(value: string) {
  return class {
    #inside = false;
    run<Result>(_entered: unknown, body: () => Result): Result {
      this.#inside = true;
      return body();
    }
    get() {
      return this.#inside ? of(value) : undefined;
    }
  };
}
