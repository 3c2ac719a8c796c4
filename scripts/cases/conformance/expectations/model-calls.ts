import type { ChatMessage, ModelRequest } from 'smolagents-web';
import { show } from '../../json';
import { CaseError } from '../../player';
import type { ByCall, Pair } from '../case';
import type { Played } from '../play';
import { type Check, equals, numberAndText } from './check';

export const modelCalls: Check<number> = (expected, { top }) => equals(top.model.requests.length, expected);

export const rolesAtCall: Check<ByCall<readonly string[]>> = atCall((request) =>
  request.messages.map(({ role }) => role),
);

/** In any order. */
export const toolsAtCall: Check<ByCall<readonly string[]>> = atCall(
  (request) => (request.tools ?? []).map(({ name }) => name).sort(),
  sorted,
);

/** In any order. */
export const stopAtCall: Check<ByCall<readonly string[]>> = atCall((request) => sorted(request.stop ?? []), sorted);

export const imagesAtCall: Check<ByCall<number>> = atCall((request) =>
  request.messages.reduce((sum, message) => sum + imagesIn(message), 0),
);

export const responseFormatAtCall: Check<ByCall<boolean>> = atCall((request) => request.responseFormat !== undefined);

export const callMentions: Check<readonly Pair[]> = mentions(
  (messages, text) => messages.some((message) => textOf(message).includes(text)),
  'no',
);

export const nextCallMentions: Check<readonly Pair[]> = mentions(
  (messages, text) => messages.slice(1).some((message) => textOf(message).includes(text)),
  'after the first no',
);

export const callDoesNotMention: Check<readonly Pair[]> = mentions(
  (messages, text) => !messages.some((message) => textOf(message).includes(text)),
  'some',
);

/** Compares something of the n-th call with what is expected of it; `arrange` puts the expected value in the same order. */
function atCall<Value>(
  look: (request: ModelRequest) => Value,
  arrange = (value: Value): Value => value,
): Check<ByCall<Value>> {
  return (expected, played) =>
    Object.entries(expected).flatMap(([number, value]) =>
      onCall(Number(number), played, (request) =>
        equals(look(request), arrange(value)).map((wrong) => `call ${number}: ${wrong}`),
      ),
    );
}

function mentions(
  holds: (messages: readonly ChatMessage[], text: string) => boolean,
  quantity: string,
): Check<readonly Pair[]> {
  return (expected, played) =>
    expected
      .map(numberAndText)
      .flatMap(([number, text]) =>
        onCall(number, played, ({ messages }) =>
          holds(messages, text)
            ? []
            : [
                `call ${number}: ${quantity} message holds ${show(text)}; the last one is ${show(messages.at(-1)?.content)}`,
              ],
        ),
      );
}

function onCall(number: number, { top }: Played, check: (request: ModelRequest) => string[]): string[] {
  if (!Number.isInteger(number) || number < 1) throw new CaseError(`${number} is no number of a call`);
  const request = top.model.requests[number - 1];
  return request ? check(request) : [`there is no call ${number}, only ${top.model.requests.length}`];
}

function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function imagesIn({ content }: ChatMessage): number {
  return typeof content === 'string' ? 0 : content.filter(({ type }) => type === 'image').length;
}

function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort();
}
