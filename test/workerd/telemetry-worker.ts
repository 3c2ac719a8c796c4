import { trace } from '@opentelemetry/api';
import { ToolCallingAgent, tool } from 'smolagents-web';
import { startTelemetry } from 'smolagents-web/telemetry';
import { call, finalAnswer, scriptedModel } from 'smolagents-web/testing';

/** `?url=...&meet=...&name=...`: a run with telemetry of its own that waits in its middle until `meet` answers, beside one without. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const [url = '', meet = '', name = ''] = ['url', 'meet', 'name'].map((key) => searchParams.get(key) ?? '');
    const telemetry = startTelemetry({ url });
    const wait = tool({
      name: 'wait',
      description: 'Waits for the other request.',
      inputs: {},
      execute: async () => (await fetch(meet)).status,
    });
    const model = scriptedModel(call('wait', {}), finalAnswer('met'));
    const agent = new ToolCallingAgent({ name, description: 'Meets another.', model, tools: [wait] });
    const unwatched = new ToolCallingAgent({ model: scriptedModel(finalAnswer('alone')), tools: [] });

    const answer = await agent.run('Meet.', { telemetry: telemetry.watcher });
    await unwatched.run('Nobody looks.');
    const counters = await telemetry.shutdown();
    const isGlobal = trace.getTracer('app').startSpan('own').isRecording();
    return Response.json({ answer, counters, isGlobal });
  },
};
