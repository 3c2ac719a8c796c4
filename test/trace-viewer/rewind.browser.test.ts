import { CodeAgent, type RunResult, ToolCallingAgent, tool } from 'smolagents-web';
import { call, code, finalAnswer, scriptedModel } from 'smolagents-web/testing';
import { AgentTrace, defineAgentTrace, type RewindRequest } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

const weather = tool({
  name: 'weather',
  description: 'Tells the weather.',
  inputs: { city: { type: 'string', description: 'Where.' } },
  execute: () => ({ degrees: 12, hours: [1, 2] }),
});

/** A manager whose second step asks a scout, which asks a tool. */
function team() {
  const inner = scriptedModel(call('weather', { city: 'Oslo' }, 'w1'), finalAnswer('cold'), finalAnswer('warm'));
  const outer = scriptedModel(
    ...[code('console.log("I begin")'), code('const told = await scout("How is Oslo?"); told')],
    ...[code('final_answer(told)'), code('final_answer(told)'), code('final_answer(1)')],
  );
  const scout = new ToolCallingAgent({ model: inner, tools: [weather], name: 'scout', description: 'Looks.' });
  return { agent: new CodeAgent({ model: outer, managedAgents: [scout] }), inner, outer };
}

/** A run of it that has ended, shown live; `form` opens the form of the n-th row of that label. */
async function shown() {
  const { agent, inner, outer } = team();
  const viewer = new AgentTrace();
  viewer.setAttribute('rewind', '');
  document.body.append(viewer);
  const root = viewer.shadowRoot as ShadowRoot;
  const run = agent.stream<RunResult>('Go.');
  for await (const _ of viewer.watch(run));
  await expect.poll(() => root.querySelector('.chip')?.textContent).toBe('Answered');
  const asked: RewindRequest[] = [];
  viewer.addEventListener('rewind', (event) => asked.push((event as CustomEvent<RewindRequest>).detail));
  return { viewer, root, run, inner, outer, asked };
}

type Shown = Awaited<ReturnType<typeof shown>>;

async function openForm({ viewer, root }: Pick<Shown, 'viewer' | 'root'>, path: readonly string[], step: number) {
  const row = [...(viewer.trace?.rows.values() ?? [])].find(
    (each) => each.kind === 'step' && each.step === step && each.path.join() === path.join(),
  );
  viewer.setAttribute('span', row?.id ?? '');
  await expect.poll(() => root.querySelector('button.rewind')).not.toBeNull();
  const button = root.querySelector('button.rewind') as HTMLButtonElement;
  const title = button.textContent;
  button.click();
  await expect.poll(() => root.querySelector('form')).not.toBeNull();
  const form = root.querySelector('form') as HTMLFormElement;
  const select = form.querySelector('select') as HTMLSelectElement;
  const field = form.querySelector('textarea') as HTMLTextAreaElement;
  return {
    ...{ title, field, note: () => form.querySelector('[role=status]')?.textContent },
    choices: [...select.options].map(({ text }) => text),
    choose: (choice: RegExp) => {
      select.selectedIndex = [...select.options].findIndex(({ text }) => choice.test(text));
      select.dispatchEvent(new Event('change'));
    },
    write: (text: string) => {
      field.value = text;
      field.dispatchEvent(new Event('input'));
    },
    send: () => form.querySelector('button')?.click(),
  };
}

test('a step of a managed agent can be gone on from, and what is asked for is what a fork takes', async () => {
  const place = await shown();
  const form = await openForm(place, ['CodeAgent', 'scout'], 1);

  form.choose(/^Result of weather/);
  form.write('{"degrees": 30}');
  form.send();

  const [request] = place.asked;
  expect(form.title).toBe('Continue from here');
  expect(request).toEqual({ step: 2, edits: { managed: { c1: { step: 1, results: { w1: { degrees: 30 } } } } } });
  const branch = await place.run.fork(2, request?.edits).result;
  expect(JSON.stringify(place.inner.requests.at(-1)?.messages)).toContain('30');
  expect(branch.output).toContain('warm');
});

test('the task that can be edited there is that of the managed agent', async () => {
  const form = await openForm(await shown(), ['CodeAgent', 'scout'], 1);

  form.choose(/^Task$/);

  expect(form.field.value).toBe('How is Oslo?');
});

test('a result that is JSON stays JSON where it can be read, and the form says which it is', async () => {
  const place = await shown();
  const form = await openForm(place, ['CodeAgent', 'scout'], 1);

  form.choose(/^Result of weather/);
  expect(JSON.parse(form.field.value)).toEqual({ degrees: 12, hours: [1, 2] });
  expect(form.note()).toBe('Read as JSON, as the result was.');
  form.write('no answer');
  expect(form.note()).toBe('This is no JSON: it is given as text.');
  form.send();

  expect(place.asked[0]?.edits.managed?.c1?.results).toEqual({ w1: 'no answer' });
});

test('a result that is a text stays a text, whatever it looks like', async () => {
  const place = await shown();
  const form = await openForm(place, ['CodeAgent'], 2);

  form.choose(/^Result of scout/);
  form.write('12');
  form.send();

  expect([form.note(), place.asked]).toEqual(['', [{ step: 2, edits: { results: { c1: '12' } } }]]);
});

test('messages of earlier steps can be edited, the model’s own and what it saw', async () => {
  const place = await shown();
  const form = await openForm(place, ['CodeAgent'], 2);

  form.choose(/^Step 1: Reply of the model$/);
  expect(form.field.value).toContain('console.log("I begin")');
  form.choose(/^Step 1: Observation$/);
  expect(form.field.value).toContain('I begin');
  form.write('Nothing was printed.');
  form.send();

  expect(place.asked).toEqual([{ step: 2, edits: { earlier: { 1: { seen: 'Nothing was printed.' } } } }]);
  await place.run.fork(2, place.asked[0]?.edits).result;
  expect(JSON.stringify(place.outer.requests.at(-1)?.messages)).toContain('Nothing was printed.');
});

test('where the trace does not tell the call of a managed agent, its steps lead to the step that called it', async () => {
  const viewer = new AgentTrace();
  viewer.setAttribute('rewind', '');
  document.body.append(viewer);
  const span = (spanId: string, parentSpanId: string, name: string, kind: string) => ({
    ...{ traceId: '1', spanId, parentSpanId, name, startTimeUnixNano: '1', endTimeUnixNano: '2' },
    attributes: [{ key: 'openinference.span.kind', value: { stringValue: kind } }],
  });
  const spans = [
    ...[span('a', '', 'CodeAgent.run', 'AGENT'), span('b', 'a', 'Step 3', 'CHAIN')],
    ...[span('c', 'b', 'ToolCallingAgent.run', 'AGENT'), span('d', 'c', 'Step 1', 'CHAIN')],
  ];
  const asked = new Promise((resolve) =>
    viewer.addEventListener('rewind', (event) => resolve((event as CustomEvent<RewindRequest>).detail)),
  );

  await viewer.load({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const root = viewer.shadowRoot as ShadowRoot;
  const form = await openForm({ viewer, root }, ['CodeAgent', 'ToolCallingAgent'], 1);
  form.send();

  expect(form.title).toBe('Continue from step 3 of CodeAgent');
  expect(await asked).toEqual({ step: 3, edits: {} });
});
