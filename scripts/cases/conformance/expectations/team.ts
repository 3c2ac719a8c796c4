import type { Memory } from 'smolagents-web';
import type { SubExpect } from '../case';
import type { Member } from '../team';
import { type Check, equals } from './check';

export const sub: Check<Readonly<Record<string, SubExpect>>> = (expected, { top }) => checkTeam(expected, top);

export const eachSubRunMemoryHasOneTask: Check<boolean> = (expected, { top }) => {
  const memories = [...members(top)].flatMap((member) => [...member.memories.values()]);
  const counts = memories.map((memory) => memory.steps.filter(({ type }) => type === 'task').length);
  return equals(counts.length > 0 && counts.every((count) => count === 1), expected).map(
    (wrong) => `${wrong}; tasks in each run: ${counts.join(', ')}`,
  );
};

function checkTeam(expected: Readonly<Record<string, SubExpect>>, above: Member): string[] {
  return Object.entries(expected).flatMap(([name, expectation]) => {
    const member = above.managed.get(name);
    if (!member) return [`there is no managed agent ${name}`];
    return checkMember(expectation, member).map((wrong) => `${name}: ${wrong}`);
  });
}

function checkMember({ memory, model_calls: modelCalls, tokens, sub: below }: SubExpect, member: Member): string[] {
  const last = [...member.memories.values()].at(-1);
  return [
    ...(memory
      ? equals(
          (last?.steps ?? []).map(({ type }) => type),
          memory,
        )
      : []),
    ...(modelCalls !== undefined ? equals(member.model.requests.length, modelCalls) : []),
    ...(tokens ? equals(tokensIn(last), tokens) : []),
    ...(below ? checkTeam(below, member) : []),
  ];
}

/** Tokens of all steps of one run; those of agents below it are not in them. */
function tokensIn(memory: Memory | undefined): [number, number] {
  const usages = (memory?.steps ?? []).flatMap((step) => (step.type !== 'task' && step.usage ? [step.usage] : []));
  return [
    usages.reduce((sum, usage) => sum + usage.inputTokens, 0),
    usages.reduce((sum, usage) => sum + usage.outputTokens, 0),
  ];
}

function* members(above: Member): Generator<Member> {
  for (const member of above.managed.values()) {
    yield member;
    yield* members(member);
  }
}
