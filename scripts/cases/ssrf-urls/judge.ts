import { CaseError } from '../player';
import type { AddressCase } from './case';
import type { Visit } from './play';

/** What is not as expected, each with its key. */
export function judge(expected: AddressCase, visited: Visit): string[] {
  const outcomes = expected.expectAnyOf ?? [expected.expect];
  if (outcomes.length === 0) throw new CaseError('expectAnyOf is empty');
  if (expected.at !== undefined && !outcomes.includes('deny')) throw new CaseError('`at` says where a refusal comes');
  const key = expected.expectAnyOf ? 'expectAnyOf' : 'expect';
  const { isAllowed, hosts, message } = visited;
  const isExpected = outcomes.some((outcome) => fits(outcome, visited));
  return [
    ...(isExpected ? [] : [`${key}: ${isAllowed ? `allowed, to ${visited.connectedTo}` : `denied: ${message}`}`]),
    ...(isAllowed ? [] : judgeRefusal(expected, visited)),
    ...judgeHost(expected, visited),
    ...(expected.requests !== undefined && hosts.length !== expected.requests
      ? [`requests: ${hosts.length}, expected ${expected.requests}`]
      : []),
  ];
}

function fits(outcome: string, { isAllowed, connectedTo }: Visit): boolean {
  if (!outcome.startsWith('allow')) return !isAllowed;
  const [, address] = outcome.split(' ');
  return isAllowed && (address === undefined || connectedTo.every((one) => one === address));
}

/** A refusal comes where it must, if the case says where, names its rule, and never what a name resolves to. */
function judgeRefusal({ at, resolves = {}, resolvesInTurn = {} }: AddressCase, visited: Visit): string[] {
  const { hosts, lookUps, message } = visited;
  const requests = at?.startsWith('hop ') ? Number(at.slice('hop '.length)) : 0;
  const told = [...Object.values(resolves), ...Object.values(resolvesInTurn)].flat(2);
  return [
    ...(at === undefined || hosts.length === requests
      ? []
      : [`at: refused after ${hosts.length} requests, expected ${at}`]),
    ...(at === 'connect' && lookUps === 0 ? ['at: refused before the name was looked up'] : []),
    ...(at === 'url' && lookUps > 0 ? ['at: the name was looked up'] : []),
    ...(/refused|redirects|not an address/.test(message) ? [] : [`policy: the message names no rule: ${message}`]),
    ...told.filter((address) => message.includes(address)).map((address) => `policy: the message tells ${address}`),
  ];
}

/** The host that was judged: the first that was asked, or the one that the refusal names. */
function judgeHost({ normalized }: AddressCase, { isAllowed, hosts, message }: Visit): string[] {
  if (normalized === undefined) return [];
  const isJudged = isAllowed ? hosts[0] === normalized : message.includes(`//${normalized}`);
  return isJudged ? [] : [`normalized: ${isAllowed ? hosts[0] : message}`];
}
