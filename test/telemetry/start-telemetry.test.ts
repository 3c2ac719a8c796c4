import { diag, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { startTelemetry } from '../../src/telemetry/start-telemetry';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { type Collector, startCollector } from '../fakes/collector';
import { diagWarnings } from '../fakes/diag-warnings';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => {
  diag.disable();
  return collector.close();
});

test('one call is all that a trace of every run needs', async () => {
  const telemetry = startTelemetry({ url: collector.url, projectName: 'weather', format: 'json', gzip: false });

  const answer = await agent().run('Answer.');
  const counters = await telemetry.shutdown();

  expect(answer).toBe('42');
  expect(namesAt(collector)).toEqual(expect.arrayContaining(['ToolCallingAgent.run', 'Step 1', 'FinalAnswerTool']));
  expect(new TextDecoder().decode(collector.requests[0]?.body)).toContain('"weather"');
  expect(counters).toMatchObject({ delivered: collector.stored.size, lost: 0, queued: 0 });
});

test('after the shutdown nothing is watched, and nothing of it is registered', async () => {
  const telemetry = startTelemetry({ url: collector.url });
  await telemetry.shutdown();

  await agent().run('Answer.');

  expect(telemetry.counters.ended).toBe(0);
  expect(trace.getTracer('app').startSpan('own').isRecording()).toBe(false);
});

test('with waitUntil only the runs that are given the watcher leave spans', async () => {
  const work: Promise<unknown>[] = [];
  const telemetry = startTelemetry({ url: collector.url, waitUntil: (promise) => work.push(promise) });

  await agent().run('Answer.');
  const before = telemetry.counters.ended;
  await agent().run('Answer.', { telemetry: telemetry.watcher });
  await Promise.all(work);

  expect(before).toBe(0);
  expect(namesAt(collector)).toContain('ToolCallingAgent.run');
  await telemetry.shutdown();
});

test('a collector that is down changes nothing of the answer, and flush tells what is left', async () => {
  diagWarnings();
  await using telemetry = startTelemetry({
    url: 'http://127.0.0.1:1/v1/traces',
    flushTimeoutMs: 50,
    shutdownTimeoutMs: 50,
  });

  const answer = await agent().run('Answer.');
  const counters = await telemetry.flush();

  expect(answer).toBe('42');
  expect(counters.queued).toBe(counters.ended);
  expect(counters.ended).toBeGreaterThan(0);
});

test.each([
  [undefined, 'startTelemetry was given undefined, must be an object of options: projectName'],
  [
    { url: 'http://x', project_name: 'weather' },
    'startTelemetry has no option `project_name`, did you mean `projectName`?',
  ],
  [{ url: 'http://x', tracerProvider: {} }, 'startTelemetry has no option `tracerProvider`'],
  [{ url: 'http://x', projectName: '' }, 'projectName'],
  [{ projectName: 'weather' }, 'url is undefined'],
])('the settings %o are refused', (options, message) => {
  const start = () => Reflect.apply(startTelemetry, undefined, [options]);

  expect(start).toThrow(message);
});

test('a trace that does not arrive is told on the console, once, where the app has set no logger', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  collector.answer(() => ({ status: 404 }));
  const telemetry = startTelemetry({ url: collector.url });

  for (const task of ['One.', 'Two.']) {
    await agent().run(task);
    await telemetry.flush();
  }
  await telemetry.shutdown();

  expect(warned.mock.calls).toEqual([[expect.stringContaining(`${collector.url}: `)]]);
  expect(warned.mock.calls[0]?.[0]).toContain('404');
});

test('a logger of the app is told in place of the console', async () => {
  const warned = vi.spyOn(console, 'warn');
  onTestFinished(() => warned.mockRestore());
  const told = diagWarnings();
  collector.answer(() => ({ status: 404 }));
  const telemetry = startTelemetry({ url: collector.url });

  await agent().run('Answer.');
  await telemetry.shutdown();

  expect(told).toHaveLength(1);
  expect(warned).not.toHaveBeenCalled();
});

function agent(): ToolCallingAgent {
  return new ToolCallingAgent({ model: scriptedModel(finalAnswer('42')), tools: [] });
}

function namesAt({ requests }: Collector): string[] {
  return requests.flatMap(({ spans }) => spans.map(({ name }) => name));
}
