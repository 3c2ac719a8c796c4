import { CaseError } from '../player';
import type { Expect } from './case';
import * as answers from './expectations/answers';
import type { Check } from './expectations/check';
import * as events from './expectations/events';
import * as host from './expectations/host';
import * as memory from './expectations/memory';
import * as modelCalls from './expectations/model-calls';
import * as team from './expectations/team';
import * as tokens from './expectations/tokens';
import type { Played } from './play';
import type { Member } from './team';

type Checks = { [Key in Exclude<keyof Expect, 'max_seconds' | 'max_seconds_clock'>]: Check<Expect[Key]> };

/** What checks each key of an expectation, in the order in which failures are told. */
const CHECKS: Checks = {
  final: answers.final,
  finals: answers.finals,
  final_contains: answers.finalContains,
  final_type: answers.finalType,
  state: answers.state,
  raises: answers.raises,
  raises_contains: answers.raisesContains,
  memory: memory.memory,
  step_numbers: memory.stepNumbers,
  errors: memory.errors,
  errors_contain: memory.errorsContain,
  tool_calls: memory.toolCalls,
  tool_calls_recorded_on_error: memory.toolCallsRecordedOnError,
  call_ids_nonempty: memory.callIdsNonempty,
  unique_call_ids: memory.uniqueCallIds,
  observations: memory.observations,
  observations_contain: memory.observationsContain,
  observations_do_not_contain: memory.observationsDoNotContain,
  observation_max_chars: memory.observationMaxChars,
  observation_flags_incomplete: memory.observationFlagsIncomplete,
  model_output_ends_with: memory.modelOutputEndsWith,
  memory_export_is_json: memory.memoryExportIsJson,
  model_calls: modelCalls.modelCalls,
  tokens: tokens.tokens,
  tokens_per_run: tokens.tokensPerRun,
  tokens_complete: tokens.tokensComplete,
  inclusive_tokens: tokens.inclusiveTokens,
  running_total_tokens: tokens.runningTotalTokens,
  step_tokens: tokens.stepTokens,
  roles_at_call: modelCalls.rolesAtCall,
  tools_at_call: modelCalls.toolsAtCall,
  stop_at_call: modelCalls.stopAtCall,
  images_at_call: modelCalls.imagesAtCall,
  response_format_at_call: modelCalls.responseFormatAtCall,
  call_mentions: modelCalls.callMentions,
  call_does_not_mention: modelCalls.callDoesNotMention,
  next_call_mentions: modelCalls.nextCallMentions,
  events: events.events,
  tool_output_order_first_step: events.toolOutputOrderFirstStep,
  last_action_step_event: events.lastActionStepEvent,
  tool_invocations: host.toolInvocations,
  tool_args_received: host.toolArgsReceived,
  sub: team.sub,
  each_sub_run_memory_has_one_task: team.eachSubRunMemoryHasOneTask,
};

/** What is not as expected, each failure with its key. Throws a `CaseError` for an expectation that says nothing. */
export function judge(expected: Partial<Expect>, played: Played, realTimeFactor: number): string[] {
  const failures = [
    ...missingEntries(played.top, 'the agent'),
    ...answers.unexpectedThrows(played.runs, played.last, expected),
  ];
  for (const key of Object.keys(CHECKS)) {
    if (isKey(key) && key in expected)
      failures.push(...judgeKey(key, expected, played).map((wrong) => `${key}: ${wrong}`));
  }
  const { max_seconds: seconds, max_seconds_clock: clock } = expected;
  if (clock && seconds === undefined) throw new CaseError('max_seconds_clock without max_seconds says nothing');
  if (seconds !== undefined)
    failures.push(
      ...host
        .maxSeconds(
          seconds,
          clock,
          realTimeFactor,
        )(undefined, played)
        .map((wrong) => `max_seconds: ${wrong}`),
    );
  return failures;
}

function judgeKey<Key extends keyof Checks>(key: Key, expected: Partial<Expect>, played: Played): string[] {
  const check: Check<Expect[Key]> = CHECKS[key];
  const value: Expect[Key] | undefined = expected[key];
  return isGiven(value) ? check(value, played) : [];
}

/** An expectation comes from JSON: a key that is there has a value, null included. */
function isGiven<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

function isKey(key: string): key is keyof Checks {
  return Object.hasOwn(CHECKS, key);
}

/** A call after the last entry of a script fails the case, also where the agent swallowed its error. */
function missingEntries(member: Member, name: string): string[] {
  const own =
    member.model.callsWithoutEntry > 0
      ? [`script: ${name} called its model ${member.model.requests.length} times, more than the script has entries`]
      : [];
  return [...own, ...[...member.managed].flatMap(([below, managed]) => missingEntries(managed, below))];
}
