import type { AgentEvent } from 'smolagents-web';
import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import failingCalls from '../cases/golden/failing-calls.json';
import team from '../cases/golden/team-of-tool-callers.json';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

const base = { path: ['CodeAgent'], runId: 'r1' };

function placed(): { viewer: AgentTrace; root: ShadowRoot } {
  const viewer = new AgentTrace();
  document.body.append(viewer);
  return { viewer, root: viewer.shadowRoot as ShadowRoot };
}

/** Spans of these names, ids and parents. */
function spans(...all: { id: string; parent?: string; name: string; text?: string }[]) {
  const list = all.map(({ id, parent, name, text = '' }, index) => ({
    traceId: 't',
    spanId: id,
    parentSpanId: parent,
    name,
    startTimeUnixNano: String(1_795_380_000_000_000_000n + BigInt(index)),
    endTimeUnixNano: String(1_795_380_000_001_000_000n + BigInt(index)),
    attributes: [
      { key: 'openinference.span.kind', value: { stringValue: 'TOOL' } },
      { key: 'output.value', value: { stringValue: text } },
    ],
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans: list }] }] };
}

test('names and texts that hide or turn what is read are shown by their numbers, in rows and details alike', async () => {
  const { viewer, root } = placed();

  await viewer.load(spans({ id: '\u202eid', name: 'safe\u202eexe.gpj', text: 'pay\u200bpal' }));

  expect(root.querySelector('.sheet')?.textContent).toContain('safe⟨U+202E⟩exe.gpj');
  expect(root.querySelector('.details')?.textContent).toContain('pay⟨U+200B⟩pal');
  expect(root.textContent).not.toMatch(/\u202e|\u200b/);
});

test.each(['__proto__', 'constructor', '', '"]', '<b>'])('a span with the id %j can be selected', async (id) => {
  const { viewer, root } = placed();
  await viewer.load(spans({ id: 'root', name: 'root' }, { id, parent: 'root', name: 'below' }));

  root.querySelectorAll<HTMLElement>('.sheet [role=row]')[1]?.click();

  expect(root.querySelector('.details')?.textContent).toContain('below');
});

test('spans a thousand deep are walked to the last one', async () => {
  const { viewer, root } = placed();
  const chain = Array.from({ length: 1000 }, (_, index) => ({
    id: `s${index}`,
    ...(index > 0 && { parent: `s${index - 1}` }),
    name: `level ${index}`,
  }));
  await viewer.load(spans(...chain));

  viewer.setAttribute('span', 's999');

  expect(root.querySelector('.sheet [aria-selected=true]')?.getAttribute('aria-level')).toBe('1000');
});

test('an attribute with ten thousand keys and a model call with a thousand messages stay small until they are asked for', async () => {
  const { viewer, root } = placed();
  const file = spans({ id: 's', name: 'HfApiModel.generate' });
  const span = file.resourceSpans[0]?.scopeSpans[0]?.spans[0];
  for (let index = 0; index < 1000; index++) {
    span?.attributes.push({ key: `llm.input_messages.${index}.message.role`, value: { stringValue: 'user' } });
    span?.attributes.push({
      key: `llm.input_messages.${index}.message.content`,
      value: { stringValue: `say ${index}` },
    });
  }
  span?.attributes.splice(0, 1, { key: 'openinference.span.kind', value: { stringValue: 'LLM' } });

  await viewer.load(file);

  expect(root.querySelectorAll('*').length).toBeLessThan(400);
  expect(root.querySelector('.details')?.textContent).toContain('more messages');
});

test('an element that is moved while a run goes on shows the rest of it', async () => {
  const { viewer, root } = placed();
  viewer.add({ ...base, type: 'run-start', task: 'Move.' });
  await expect.poll(() => root.querySelector('h2')?.textContent).toBe('Move.');

  const other = document.createElement('div');
  document.body.append(other);
  other.append(viewer);
  viewer.add({ ...base, type: 'final-answer', output: 'moved' });
  viewer.add({ ...base, type: 'run-end', state: 'success' });

  await expect.poll(() => root.querySelector('.answer')?.textContent).toBe('moved');
});

test('a file takes the place of a live run, and the next event begins a new one', async () => {
  const { viewer, root } = placed();
  viewer.add({ ...base, type: 'run-start', task: 'First.' });
  await viewer.load(team);
  const loaded = root.querySelector('h2')?.textContent;

  viewer.add({ ...base, runId: 'r2', type: 'run-start', task: 'Second.' });

  expect(loaded).not.toBe('First.');
  await expect.poll(() => root.querySelector('h2')?.textContent).toBe('Second.');
});

test('what is no event is survived, and the events after it are shown', async () => {
  const { viewer, root } = placed();
  viewer.add({ ...base, type: 'run-start', task: 'Go on.' });

  for (const wrong of [null, 7, {}, { type: 'step' }, { ...base, type: 'nothing' }])
    viewer.add(wrong as unknown as AgentEvent);
  viewer.add({ ...base, type: 'run-end', state: 'success' });

  await expect.poll(() => root.querySelector('.chip')?.textContent).toBe('Ended');
});

test('a run whose events break off says that its end was not received', async () => {
  const { viewer, root } = placed();
  async function* broken(): AsyncGenerator<AgentEvent> {
    yield { ...base, type: 'run-start', task: 'Break.' };
    yield { ...base, type: 'text', text: 'I begin', step: 1 };
    throw new Error('the connection was lost');
  }

  const read = (async () => {
    for await (const _ of viewer.watch(broken()));
  })();

  await expect(read).rejects.toThrow('the connection was lost');
  await expect.poll(() => root.querySelector('.chip')?.textContent).toContain('Stopped');
  expect(root.querySelector('.repairs')?.textContent).toContain('not received');
});

test('two viewers in a page know nothing of each other', async () => {
  const one = placed();
  const other = placed();
  await one.viewer.load(failingCalls);

  await other.viewer.load(team);
  other.root.querySelectorAll<HTMLElement>('.sheet [role=row]')[2]?.click();

  expect(one.viewer.trace?.source).toEqual(failingCalls);
  expect(one.viewer.hasAttribute('span')).toBe(false);
});

test('new hits of a search appear as they come', async () => {
  const { viewer, root } = placed();
  const field = () => root.querySelector<HTMLInputElement>('input[type=search]');
  viewer.add({ ...base, type: 'run-start', task: 'Find.' });
  viewer.add({ ...base, type: 'text', text: 'needle one', step: 1 });
  await expect.poll(() => root.querySelectorAll('.sheet [role=row]').length).toBeGreaterThan(1);
  const search = field();
  if (search) search.value = 'needle';
  search?.dispatchEvent(new Event('input'));

  viewer.add({ ...base, type: 'text', text: 'needle two', step: 2 });

  const shown = () => {
    viewer.add({ ...base, type: 'text', text: '.', step: 2 });
    return root.querySelector('.sheet')?.textContent;
  };
  await expect.poll(shown).toContain('Step 2');
});
