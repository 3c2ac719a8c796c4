import type { AgentEvent } from 'smolagents-web';
import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { largeTrace, lastNote } from './large-trace';

/** Milliseconds, but for `nodes`. */
export interface LargeFigures {
  firstPaint: number;
  firstPaintWarm: number;
  nodes: number;
  scrollP95: number;
  select: number;
  jumpToError: number;
  search: number;
  heapMb: number;
}

export interface LiveFigures {
  longestTask: number;
  /** Of all rows, from its start event to the frame that shows it. */
  rowP95: number;
  slowestRow: number;
}

defineAgentTrace();
Object.assign(globalThis, { figures: { large, live, read, longestTask } });

/** A trace of so many spans, from the parsed object on; each opening in a viewer of its own. */
async function large(count: number): Promise<LargeFigures> {
  const file = largeTrace(count);
  const opened: number[] = [];
  let viewer = newViewer();
  for (let time = 0; time < 5; time++) {
    viewer.remove();
    viewer = newViewer();
    opened.push(
      await timed(async () => {
        await viewer.load(file);
      }),
    );
  }
  const root = rootOf(viewer);
  const tree = found(root, '.tree');
  const scrolls: number[] = [];
  for (let time = 0; time < 60; time++) {
    await frame();
    const start = performance.now();
    tree.scrollTop += time % 3 ? 700 : 6000;
    tree.dispatchEvent(new Event('scroll')); // as the next frame would
    tree.getBoundingClientRect(); // lays out
    scrolls.push(performance.now() - start);
  }
  const nodes = root.querySelectorAll('*').length;
  const selects = await timesOf(20, (time) =>
    root.querySelectorAll<HTMLElement>('.sheet [role=row]')[time % 20]?.click(),
  );
  const jumps = await timesOf(20, () => found(root, '.error-button').click());
  const field = found(root, 'input[type=search]') as HTMLInputElement;
  const searches = await timesOf(5, () => {
    field.value = lastNote(count);
    field.dispatchEvent(new Event('input'));
  });
  const heap = (performance as Performance & { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0;
  viewer.remove();
  return {
    firstPaint: opened[0] ?? 0,
    firstPaintWarm: opened.sort((a, b) => a - b)[2] ?? 0,
    nodes,
    scrollP95: percentile(scrolls, 0.95),
    select: percentile(selects, 0.95),
    jumpToError: percentile(jumps, 0.95),
    search: percentile(searches, 0.95),
    heapMb: heap / 1e6,
  };
}

/** A live run of this many events a second: texts of steps, each step with a tool call. */
async function live({ perSecond, seconds }: { perSecond: number; seconds: number }): Promise<LiveFigures> {
  const viewer = newViewer();
  let longestTask = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
  });
  const base = { path: ['CodeAgent'], runId: 'r1' };
  viewer.add({ ...base, type: 'run-start', task: 'Count.' });
  await frame();
  await frame();
  observer.observe({ type: 'longtask' });
  const total = perSecond * seconds;
  const start = performance.now();
  const waiting: { id: number; atMs: number }[] = [];
  const rows: number[] = [];
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond));
    for (; sent < due; sent++) {
      for (const event of eventsAt(sent)) viewer.add(event);
      if (sent % EVENTS_OF_A_STEP === EVENTS_OF_A_STEP - 3) waiting.push({ id: sent, atMs: performance.now() });
    }
    await frame();
    const shown = rootOf(viewer).querySelector('.sheet')?.textContent ?? '';
    for (const one of waiting.splice(0)) {
      const lateMs = performance.now() - one.atMs;
      if (shown.includes(`item ${one.id}`)) rows.push(lateMs);
      else if (lateMs > 1000) rows.push(Number.POSITIVE_INFINITY);
      else waiting.push(one);
    }
  }
  observer.disconnect();
  viewer.remove();
  return { longestTask, rowP95: percentile(rows, 0.95), slowestRow: Math.max(...rows) };
}

const EVENTS_OF_A_STEP = 20;

/** The events of one place of the stream; the last of a step is the step itself. */
function eventsAt(place: number): AgentEvent[] {
  const number = Math.floor(place / EVENTS_OF_A_STEP) + 1;
  const inStep = place % EVENTS_OF_A_STEP;
  const base = { path: ['CodeAgent'], runId: 'r1' };
  const call = {
    id: `c${number}`,
    name: 'look_up',
    arguments: { name: `item ${place - inStep + EVENTS_OF_A_STEP - 3}` },
  };
  if (inStep === EVENTS_OF_A_STEP - 3) return [{ ...base, type: 'tool-call', call, step: number }];
  if (inStep === EVENTS_OF_A_STEP - 2)
    return [{ ...base, type: 'tool-result', call, result: { id: call.id, output: 1, text: '1' }, step: number }];
  if (inStep < EVENTS_OF_A_STEP - 1) return [{ ...base, type: 'text', text: `word ${inStep} `, step: number }];
  const now = Date.now();
  const step = {
    type: 'action' as const,
    number,
    text: 'I look it up.',
    toolCalls: [call],
    usage: { inputTokens: 100, outputTokens: 10 },
    timing: { startMs: now - 100, endMs: now },
  };
  return [{ ...base, type: 'step', step }];
}

/** The longest task, if above 50 ms, while so many spans are opened, from the parsed object to all that is drawn of them. */
async function longestTask(count: number): Promise<number> {
  const file = largeTrace(count);
  const viewer = newViewer();
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  await frame();
  await frame();
  observer.observe({ type: 'longtask' });
  await viewer.load(file);
  while (!found(rootOf(viewer), '.band').style.backgroundImage) await frame();
  for (let time = 0; time < 10; time++) await frame(); // the observer is told later
  observer.disconnect();
  viewer.remove();
  return longest;
}

/** Whether a run that the page's address names can be read: its header and its first rows are there. */
async function read(): Promise<number> {
  const viewer = document.querySelector('agent-trace');
  while (!viewer?.shadowRoot?.querySelector('.sheet [role=row]')) await frame();
  return performance.now();
}

function newViewer(): AgentTrace {
  const viewer = new AgentTrace();
  viewer.style.blockSize = '800px';
  document.body.append(viewer);
  return viewer;
}

function rootOf(viewer: AgentTrace): ShadowRoot {
  if (!viewer.shadowRoot) throw new Error('a viewer has a shadow root');
  return viewer.shadowRoot;
}

function found(root: ShadowRoot, selector: string): HTMLElement {
  const node = root.querySelector<HTMLElement>(selector);
  if (!node) throw new Error(`the viewer has no ${selector}`);
  return node;
}

async function timesOf(times: number, act: (time: number) => void): Promise<number[]> {
  const all: number[] = [];
  for (let time = 0; time < times; time++) all.push(await timed(async () => act(time)));
  return all;
}

/** Until what was done is painted: the task after the next frame. */
async function timed(act: () => Promise<void>): Promise<number> {
  await frame();
  const start = performance.now();
  await act();
  await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  return performance.now() - start;
}

function frame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
