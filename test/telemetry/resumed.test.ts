import { SpanStatusCode } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { type RunResult, ToolCallingAgent } from '../../src/index';
import { runWatcher } from '../../src/telemetry/spans/run-watcher';
import { call, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { pay } from '../fakes/small-tools';
import { tracing } from '../fakes/tracing';

test('a run that waits is no failure in its trace; the one that goes on is a root of its own that names it', async () => {
  const { tracerProvider, spans } = tracing();
  const telemetry = runWatcher({ tracerProvider });
  const agent = new ToolCallingAgent({ model: scriptedModel(call('pay', {}, 'p'), finalAnswer('end')), tools: [pay] });
  const waiting = await agent.run<RunResult>('Go.', { returnFullResult: true, telemetry });

  await agent.resume(await waiting.save(), { answers: { p: { allow: true } }, telemetry }).result;

  const [first, second] = spans().filter(({ parentSpanContext }) => !parentSpanContext);
  const names = spans().map(({ name }) => name);
  expect([first?.status.code, second?.status.code]).not.toContain(SpanStatusCode.ERROR);
  expect(first?.attributes).toMatchObject({ 'smolagents.run_state': 'waiting', 'smolagents.run_id': waiting.runId });
  expect(second?.attributes).toMatchObject({ 'smolagents.earlier_run_id': waiting.runId });
  expect(second?.spanContext().traceId).not.toBe(first?.spanContext().traceId);
  expect(names.filter((name) => name === 'ScriptedModel.generate')).toHaveLength(2);
  expect(names.filter((name) => name === 'pay')).toHaveLength(1);
});
