import type { AgentEvent } from 'smolagents-web';
import type { Expect } from '../case';
import { eventWord } from '../event-words';
import type { Played } from '../play';
import { type Check, equals } from './check';

const NOT_STREAMED = 'the last run was not read as a stream, so it has no events';

export const events: Check<Expect['events']> = (expected, played) => {
  if (!played.last.streamed) return [NOT_STREAMED];
  return equals(
    ownEvents(played).map((event) => eventWord(event, event.runId, played.top.agentClass)),
    expected,
  );
};

export const toolOutputOrderFirstStep: Check<Expect['tool_output_order_first_step']> = (expected, played) => {
  if (!played.last.streamed) return [NOT_STREAMED];
  const results = ownEvents(played).filter((event) => event.type === 'tool-result');
  return equals(
    results.filter(({ step }) => step === 1).map(({ result }) => result.output),
    expected,
  );
};

export const lastActionStepEvent: Check<Expect['last_action_step_event']> = (expected, played) => {
  const event = ownEvents(played).findLast((candidate) => candidate.type === 'step');
  if (event?.type !== 'step') return [played.last.streamed ? 'there is no action_step event' : NOT_STREAMED];
  const got = { step: event.step.number, error: event.step.error?.code ?? null };
  return [
    ...('step' in expected ? equals(got.step, expected.step) : []),
    ...('error' in expected ? equals(got.error, expected.error) : []),
  ];
};

/** Events of the run itself that have a word. */
function ownEvents({ last, top }: Played): AgentEvent[] {
  const runId = last.events[0]?.runId;
  return last.events.filter((event) => eventWord(event, runId, top.agentClass) !== undefined);
}
