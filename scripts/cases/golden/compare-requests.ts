import { deepEquals, isObject, show } from '../json';
import { compareMessageLists } from './compare-span';
import { merged, messagesOfRequest, withoutForgotten, withoutRepetitions, withoutStrayClosers } from './messages';
import type { TextRules } from './texts';

type Body = Readonly<Record<string, unknown>>;

/** What of the requests to the model is not as the file says. */
export function compareRequests(expected: readonly Body[], got: readonly Body[], rules: TextRules): string[] {
  if (got.length !== expected.length) return [`model_requests: ${got.length} came, expected ${expected.length}`];
  return expected.flatMap((body, index) =>
    compareRequest(body, got[index] ?? {}, rules).map((problem) => `model_requests[${index}]: ${problem}`),
  );
}

function compareRequest(expected: Body, got: Body, rules: TextRules): string[] {
  const problems: string[] = [];
  const compare = (name: string, read: (body: Body) => unknown) => {
    if (!deepEquals(read(got), read(expected)))
      problems.push(`${name}: ${show(read(got))}, expected ${show(read(expected))}`);
  };
  compare('model', ({ model }) => model);
  compare('tools', toolNames);
  compare('stop', ({ stop }) => (Array.isArray(stop) ? [...stop].sort() : []));
  const ours = merged(withoutForgotten(withoutRepetitions(messagesOfRequest(got))));
  const file = merged(withoutStrayClosers(withoutRepetitions(messagesOfRequest(expected))));
  return [...problems, ...compareMessageLists(file, ours, rules)];
}

function toolNames({ tools }: Body): string[] {
  if (!Array.isArray(tools)) return [];
  const names = tools.map((tool: unknown) =>
    isObject(tool) && isObject(tool.function) ? String(tool.function.name) : '',
  );
  return names.sort();
}
