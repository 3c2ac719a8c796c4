import { type AgentEvent, CodeAgent } from 'smolagents-web';
import { code, failure, scriptedModel } from 'smolagents-web/testing';
import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, describe, expect, test, vi } from 'vitest';

defineAgentTrace();
afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

function place(): { viewer: AgentTrace; text(selector: string): string; rows(): string[] } {
  const viewer = new AgentTrace();
  document.body.append(viewer);
  const root = viewer.shadowRoot as ShadowRoot;
  return {
    viewer,
    text: (selector) => root.querySelector<HTMLElement>(selector)?.innerText ?? '',
    rows: () => [...root.querySelectorAll<HTMLElement>('.sheet [role=row]')].map((row) => row.innerText),
  };
}

const base = { path: ['CodeAgent'], runId: 'r1' };

test('a run that is watched passes every event on, and is shown to its answer', async () => {
  const { viewer, text } = place();
  const agent = new CodeAgent({ model: scriptedModel(code('1 + 1'), code('final_answer(42)')) });
  const events: AgentEvent[] = [];

  for await (const event of viewer.watch(agent.stream('What is the answer?'))) events.push(event);

  expect(events.map(({ type }) => type)).toContain('final-answer');
  expect(events.at(-1)?.type).toBe('run-end');
  await expect.poll(() => text('.chip')).toBe('Answered');
  expect(text('.answer')).toBe('42');
  expect(text('h2')).toBe('What is the answer?');
});

test('a run that fails is thrown on to whoever reads it, and its sentence stands in the header', async () => {
  const { viewer, text } = place();
  const agent = new CodeAgent({ model: scriptedModel(failure('auth')) });

  const read = (async () => {
    for await (const _ of viewer.watch(agent.stream('What is the answer?')));
  })();

  await expect(read).rejects.toThrow();
  await expect.poll(() => text('.chip')).toBe('Failed');
  expect(text('.error-button')).toContain('1 error');
});

test('a reader who leaves a watched run ends it', async () => {
  const { viewer, text } = place();
  const agent = new CodeAgent({ model: scriptedModel(code('1'), code('2'), code('final_answer(3)')) });
  const run = agent.stream('Count.');

  for await (const event of viewer.watch(run)) if (event.type === 'step') break;

  await expect(run.result).rejects.toThrow();
  await expect.poll(() => text('.chip')).toContain('Stopped');
});

test('a row is there when its work starts, before anything of it has ended', async () => {
  const { viewer, rows, text } = place();

  viewer.add({ ...base, type: 'run-start', task: 'Look around.' });
  viewer.add({ ...base, type: 'text', text: 'I look.', step: 1 });
  viewer.add({ ...base, type: 'tool-call', call: { id: 'c1', name: 'look', arguments: { at: 'door' } }, step: 1 });

  await expect.poll(() => rows().join()).toContain('look("door")');
  expect(text('.chip')).toBe('Running step 1');
  expect(rows().at(-1)).toContain('…');
});

test('a second run that is watched takes the place of the first, whose events go on to its reader alone', async () => {
  const { viewer, text } = place();
  const slow = pausable();
  const first = viewer.watch(slow.events());
  await first.next();
  const agent = new CodeAgent({ model: scriptedModel(code('final_answer(2)')) });

  for await (const _ of viewer.watch(agent.stream('The second.')));
  slow.goOn();
  const late = await first.next();

  expect(late.value).toMatchObject({ type: 'text' });
  await expect.poll(() => text('h2')).toBe('The second.');
});

test('the details of the running step show its text as it comes, until somebody chooses another row', async () => {
  const { viewer, text } = place();
  viewer.add({ ...base, type: 'run-start', task: 'Look around.' });

  viewer.add({ ...base, type: 'text', text: 'Thought: I look at the door.', step: 1 });
  await expect.poll(() => text('.details')).toContain('I look at the door.');
  const root = viewer.shadowRoot as ShadowRoot;
  root.querySelector<HTMLElement>('.sheet [role=row]')?.click();
  viewer.add({ ...base, type: 'text', text: 'And then at the window.', step: 2 });

  await expect.poll(() => text('.chip')).toBe('Running step 2');
  expect(text('.details')).not.toContain('window');
});

test('what goes wrong is told to those who do not see it, in one polite line', async () => {
  const { viewer } = place();
  viewer.add({ ...base, type: 'run-start', task: 'Look around.' });
  await expect.poll(() => viewer.trace).toBeDefined();
  const error = { type: 'AgentToolExecutionError', code: 'tool_execution' as const, message: 'the door is shut' };
  const call = { id: 'c1', name: 'look', arguments: {} };

  viewer.add({ ...base, type: 'tool-call', call, step: 1 });
  viewer.add({ ...base, type: 'tool-result', call, result: { id: 'c1', text: '', error }, step: 1 });

  const line = () => viewer.shadowRoot?.querySelector('.viewer > [role=status]')?.textContent;
  await expect.poll(() => line()).toBe('Step 1 failed: the door is shut');
});

/** A run of two events that waits between them. */
function pausable() {
  let goOn = () => {};
  const paused = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  return {
    goOn: () => goOn(),
    async *events(): AsyncGenerator<AgentEvent> {
      yield { ...base, type: 'run-start', task: 'The first.' };
      await paused;
      yield { ...base, type: 'text', text: 'late', step: 1 };
    },
  };
}

test('a stream that breaks and returns goes on where it was, and is whole at its end', async () => {
  const { viewer, text, rows } = place();
  const events: AgentEvent[] = [];
  const model = scriptedModel(code('let a = 1; a'), code('final_answer(a)'));
  for await (const event of new CodeAgent({ model }).stream('Count.')) events.push(event);
  const watched = async (from: number, to?: number) => {
    for await (const _ of viewer.watch(streamOf(events.slice(from, to))));
  };
  const middle = events.findIndex(({ type }) => type === 'code-output');

  await watched(0, middle);
  await expect.poll(() => text('.chip')).toContain('Stopped');
  await watched(middle);

  await expect.poll(() => text('.chip')).toBe('Answered');
  expect(text('h2')).toBe('Count.');
  expect(rows().map((row) => row.split('\n')[0])).toEqual([
    'CodeAgent: Count.',
    'Step 1: code, 1 line → 1',
    '1 model → code, 1 line',
    'Step 2: code, 1 line → 1',
    '2 model → code, 1 line',
  ]);
  expect(viewer.trace?.repairs).toEqual([]);
});

async function* streamOf(events: readonly AgentEvent[]): AsyncGenerator<AgentEvent> {
  yield* events;
}

/** How many timers of a second are there. */
function clocks(): () => number {
  const [begun, ended] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')];
  return () => {
    const over = new Set(ended.mock.calls.map(([timer]) => timer));
    const timers = begun.mock.results.filter((_, index) => begun.mock.calls[index]?.[1] === 1000);
    return timers.filter(({ value }) => !over.has(value)).length;
  };
}

describe('while a model thinks', () => {
  test('its row is there, and the time of the run and the bars of what runs go on without an event', async () => {
    const { viewer, rows, text } = place();
    const widthOf = () =>
      viewer.shadowRoot?.querySelector<HTMLElement>('.sheet .bar')?.style.getPropertyValue('--size');

    viewer.add({ ...base, type: 'run-start', task: 'Think.' });

    await expect.poll(() => rows().length).toBe(3);
    expect(rows()[2]).toContain('1 model');
    expect(text('.facts')).toMatch(/^0 s/);
    const before = widthOf();
    await expect.poll(() => text('.facts')).toMatch(/^[1-9]/);
    expect(widthOf()).not.toBe(before);
  });

  test('one timer goes, which ends with the run', async () => {
    const count = clocks();
    const { viewer, text } = place();

    viewer.add({ ...base, type: 'run-start', task: 'Think.' });
    viewer.add({ ...base, type: 'text', text: 'I think.', step: 1 });
    await expect.poll(() => text('.chip')).toBe('Running step 1');
    const during = count();
    viewer.add({ ...base, type: 'run-end', state: 'success' });

    expect([during, count()]).toEqual([1, 0]);
  });

  test.each<[string, (viewer: AgentTrace) => void]>([
    ['is taken out of the page', (viewer) => viewer.remove()],
    ['shows a file in its place', (viewer) => void viewer.load({ events: [] }).catch(() => {})],
  ])('a viewer that %s has no timer', async (_, leave) => {
    const count = clocks();
    const { viewer, text } = place();
    viewer.add({ ...base, type: 'run-start', task: 'Think.' });
    await expect.poll(() => text('.chip')).toBe('Running step 1');

    const during = count();
    leave(viewer);

    expect([during, count()]).toEqual([1, 0]);
  });

  test('a viewer that comes back into the page goes on with its time', async () => {
    const count = clocks();
    const { viewer, text } = place();
    viewer.add({ ...base, type: 'run-start', task: 'Think.' });
    await expect.poll(() => text('.chip')).toBe('Running step 1');

    viewer.remove();
    document.body.append(viewer);

    expect(count()).toBe(1);
  });

  test('of a run that is told again no time goes by but what its events tell', async () => {
    const count = clocks();
    const { viewer, text } = place();

    viewer.add({ ...base, type: 'run-start', task: 'Think.' }, { atMs: 1000 });
    await expect.poll(() => text('.chip')).toBe('Running step 1');

    expect(count()).toBe(0);
  });
});
