import { isObject } from '../json';
import { CaseError } from '../player';
import type { ExpectedResponse, WorkerExpect } from './case';
import type { Played, Seen } from './play';

/** What is not as expected, each with its key. */
export function judge(expected: WorkerExpect, played: Played): string[] {
  if (Object.keys(expected).length === 0) throw new CaseError('a case without an expectation checks nothing');
  const { upstream } = played;
  const unbounded = Number.POSITIVE_INFINITY;
  const over = (key: string, got: number, most = unbounded) => (got > most ? [`${key}: ${got}, at most ${most}`] : []);
  return [
    ...judgeResponses(expected.responses, played.responses),
    ...over('modelCallsMax', played.modelCalls, expected.modelCallsMax),
    ...over('modelCallsAfterDisconnectMax', played.modelCallsAfterDisconnect, expected.modelCallsAfterDisconnectMax),
    ...over('upstreamRequestsMax', upstream.length, expected.upstreamRequestsMax),
    ...(expected.upstreamHostsNot ?? [])
      .filter((host) => upstream.some((request) => request.host === host))
      .map((host) => `upstreamHostsNot: ${host} was asked`),
    ...(expected.upstreamHeadersAbsent ?? [])
      .filter((name) => upstream.some(({ headers }) => headers.has(name)))
      .map((name) => `upstreamHeadersAbsent: ${name} was sent`),
    ...(expected.prototypeClean && !played.isPrototypeClean ? ['prototypeClean: Object.prototype has a new key'] : []),
  ];
}

function judgeResponses(expected: WorkerExpect['responses'], responses: readonly Seen[]): string[] {
  if (!expected) return [];
  const [only] = expected;
  if (only?.statusCounts) {
    if (expected.length > 1) throw new CaseError('statusCounts is of all responses together: there is one expectation');
    return responses.length === 0 ? ['no responses came'] : judgeTogether(only, responses);
  }
  if (expected.length !== responses.length)
    return [`responses: ${responses.length} came, ${expected.length} are expected`];
  return expected.flatMap((one, index) => {
    const seen = responses[index];
    return seen ? judgeResponse(one, seen).map((problem) => `responses[${index}].${problem}`) : [];
  });
}

function judgeTogether({ statusCounts = {}, ...each }: ExpectedResponse, responses: readonly Seen[]): string[] {
  const counted = Object.entries(statusCounts).flatMap(([status, count]) => {
    const got = responses.filter((seen) => String(seen.status) === status).length;
    return got === count ? [] : [`responses[0].statusCounts: ${got} have ${status}, expected ${count}`];
  });
  return [...counted, ...responses.flatMap((seen) => judgeResponse(each, seen))];
}

function judgeResponse(expected: ExpectedResponse, { status, headers, body }: Seen): string[] {
  const statuses = expected.status === undefined ? [status] : [expected.status].flat();
  const exact = Object.entries({ ...expected.headers, ...expected.headersExact });
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  const vary = (headers.get('vary') ?? '').split(',').map((name) => name.trim().toLowerCase());
  const { varyIncludes, contentTypeNot, bodyIncludes } = expected;
  return [
    ...(statuses.includes(status) ? [] : [`status: ${status} ${body.slice(0, 200)}`]),
    ...exact
      .filter(([name, value]) => headers.get(name) !== value)
      .map(
        ([name]) =>
          `${isObject(expected.headers) && name in expected.headers ? 'headers' : 'headersExact'}: ${name} is ${headers.get(name)}`,
      ),
    ...(expected.headersPresent ?? [])
      .filter((name) => !headers.has(name))
      .map((name) => `headersPresent: there is no ${name}`),
    ...(varyIncludes !== undefined && !vary.includes(varyIncludes.toLowerCase())
      ? [`varyIncludes: vary is ${headers.get('vary')}`]
      : []),
    ...(contentTypeNot !== undefined && type === contentTypeNot.toLowerCase() ? [`contentTypeNot: it is ${type}`] : []),
    ...(bodyIncludes !== undefined && !body.includes(bodyIncludes) ? [`bodyIncludes: no ${bodyIncludes}`] : []),
    ...(expected.bodyExcludes ?? [])
      .filter((text) => body.includes(text))
      .map((text) => `bodyExcludes: ${text} is there`),
  ];
}
