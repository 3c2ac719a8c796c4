import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { type AgentError, AgentGenerationError } from '../../src/errors';
import { call, collectEvents, finalAnswer, scriptedModel, text } from '../../src/testing';
import { tool } from '../../src/tools/tool';

const idle = tool({ name: 'idle', description: 'Idles.', inputs: {}, execute: () => 'idle' });
/** Something of the developer's that never ends, and says when it has begun. */
function hanging() {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const hang = () => {
    begin();
    return new Promise<never>(() => {});
  };
  return { hang, begun };
}

test('an abort ends the wait for a final-answer check that hangs', async () => {
  const { hang, begun } = hanging();
  const run = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)), finalAnswerChecks: [hang] }).stream('Go.');
  begun.then(() => run.abort('enough'));

  const { events, error } = await collectEvents(run);

  expect(error).toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
  expect(events.map(({ type }) => type)).toEqual(['run-start', 'tool-call', 'tool-result', 'step', 'run-end']);
});

test('an abort ends the wait for a check of the last word', async () => {
  const { hang, begun } = hanging();
  const agent = new ToolCallingAgent({ model: scriptedModel(text('So.')), maxSteps: 0, finalAnswerChecks: [hang] });
  const run = agent.stream('Go.');
  begun.then(() => run.abort('enough'));

  const { events, error } = await collectEvents(run);

  expect(error).toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'interrupted' });
});

test.each(['task', 'action'])('an abort ends the wait for a callback of the %s step, which is kept', async (type) => {
  const { hang, begun } = hanging();
  const stepCallbacks = [(step: { type: string }) => (step.type === type ? hang() : undefined)];
  const run = new ToolCallingAgent({ model: scriptedModel(call('idle', {})), tools: [idle], stepCallbacks }).stream(
    '.',
  );
  begun.then(() => run.abort('enough'));

  const { error } = await collectEvents(run);

  const { result } = error as AgentError;
  expect(result).toMatchObject({ state: 'interrupted' });
  expect((result as { steps: { type: string }[] }).steps.at(-1)).toMatchObject({ type });
});

test('an abort whose reason is an error of another run ends the run as interrupted, and leaves that error alone', async () => {
  const reason = new AgentGenerationError('the other run failed', { kind: 'timeout' });
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) });

  const { error } = await collectEvents(agent.stream('Go.', { signal: AbortSignal.abort(reason) }));

  expect(error).toMatchObject({ kind: 'aborted', cause: reason, result: { state: 'interrupted' } });
  expect(reason.result).toBeUndefined();
});

test('what a callback changes in the task step is what the model is told', async () => {
  const model = scriptedModel(finalAnswer(1));
  const agent = new ToolCallingAgent({
    model,
    stepCallbacks: [
      (step) => {
        if (step.type === 'task') step.task = 'In French, please.';
      },
    ],
  });

  await agent.run('In English.');

  expect(model.requests[0]?.messages.at(-1)?.content).toBe('New task:\nIn French, please.');
});

test('an abort ends the wait for a schema that checks arguments for ever', async () => {
  const { hang, begun } = hanging();
  const slow = { ...idle, validate: hang };
  const run = new ToolCallingAgent({ model: scriptedModel(call('idle', {})), tools: [slow] }).stream('Go.');
  begun.then(() => run.abort('enough'));

  const { error } = await collectEvents(run);

  expect(error).toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
});
