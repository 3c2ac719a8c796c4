import { AgentConfigurationError } from '../../errors';
import { isRecord } from '../../web/record';
import { answersTo, type HumanAnswers, type WaitingCall } from '../calls/human';
import { answerShape } from './log-json';

/** Throws an `AgentConfigurationError` for answers to calls that do not wait, and for those of another kind than was asked. */
export function checkAnswers(answers: HumanAnswers, waiting: readonly WaitingCall[], agentClass: string): void {
  if (!isRecord(answers)) throw new AgentConfigurationError(`${agentClass}: \`answers\` must be an object by call id`);
  for (const [callId, answer] of Object.entries(answers)) {
    const place = `${agentClass}: answers[${JSON.stringify(callId)}]`;
    const call = waiting.find((each) => each.callId === callId);
    if (!call)
      throw new AgentConfigurationError(
        `${place}: no such call waits; waiting are ${waiting.map((each) => JSON.stringify(each.callId)).join(', ') || 'none'}`,
      );
    answerShape(answer, place);
    if (answersTo(call, answer)) continue;
    const allowed = call.kind === 'input' ? '{ answer } or { refuse }' : '{ allow: true, arguments? } or { refuse }';
    throw new AgentConfigurationError(`${place}: ${call.name} waits for ${call.kind}, so this must be ${allowed}`);
  }
}
