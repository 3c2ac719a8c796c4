import { RemoteAgent, ToolCallingAgent } from 'smolagents-web';
import { startTelemetry } from 'smolagents-web/telemetry';
import { call, finalAnswer, scriptedModel } from 'smolagents-web/testing';

/** A manager in this page whose managed agent runs in the worker that the page comes from. Gives the answer. */
async function remoteRun(): Promise<unknown> {
  const { origin } = location;
  await using _telemetry = startTelemetry({ url: `${origin}/v1/traces`, projectName: 'page and worker' });
  const helper = new RemoteAgent({ url: '/', name: 'helper', description: 'Knows of growth.' });
  const model = scriptedModel(call('helper', { task: 'How fast does it grow?' }), finalAnswer('it grows'));
  return await new ToolCallingAgent({ model, managedAgents: [helper] }).run('Does it grow?');
}

Object.assign(globalThis, { remoteRun }); // for the test, which calls it from outside
