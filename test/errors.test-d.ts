import { type AgentError, AgentToolCallError, type ErrorKind } from 'smolagents-web';
import { expectTypeOf, test } from 'vitest';

test('an error is told apart by its code, and knows its kind', () => {
  const error = new AgentToolCallError('a: two is no number');

  expectTypeOf<(typeof error)['code']>().toEqualTypeOf<'tool_call'>();
  expectTypeOf(error.kind).toEqualTypeOf<ErrorKind | undefined>();
  expectTypeOf(error).toExtend<AgentError>();
});
