import { CaseError } from '../player';
import type { PageExpect } from './case';
import type { Visit } from './play';

/** What is not as expected, each with its key. */
export function judge(expected: PageExpect, visited: Visit, realTimeFactor: number): string[] {
  const { outcome, text } = visited;
  const { mustContain = [], mustNotContain = [], inOrder = [], links = [], errorIncludes } = expected;
  if (links.some((pair) => pair.length !== 2)) throw new CaseError('links are pairs of text and address');
  if (errorIncludes !== undefined && expected.outcome === 'text')
    throw new CaseError('errorIncludes is of the outcome error');
  const over = (key: string, got: number, most = Number.POSITIVE_INFINITY) =>
    got > most ? [`${key}: ${Math.ceil(got)}, at most ${most}`] : [];
  return [
    ...(outcome === expected.outcome ? [] : [`outcome: ${outcome}: ${text.slice(0, 200)}`]),
    ...mustContain.filter((part) => !text.includes(part)).map((part) => `mustContain: no ${part}`),
    ...mustNotContain.filter((part) => text.includes(part)).map((part) => `mustNotContain: ${part} is there`),
    ...judgeOrder(inOrder, text),
    ...links
      .filter(([label, address]) => !text.includes(`[${label}](${address})`))
      .map((pair) => `links: no ${pair.join(' ')}`),
    ...over('maxChars', text.length, expected.maxChars),
    ...(expected.truncated && !text.includes('[truncated: ') ? ['truncated: the output does not say so'] : []),
    ...(errorIncludes !== undefined && !text.includes(errorIncludes) ? [`errorIncludes: ${text}`] : []),
    ...over('maxReadBytes', visited.readBytes, expected.maxReadBytes),
    ...over('maxMs', visited.realMs, (expected.maxMs ?? Number.POSITIVE_INFINITY) * realTimeFactor),
    ...over('maxVirtualMs', visited.virtualMs, expected.maxVirtualMs),
    ...(expected.requests !== undefined && visited.requests !== expected.requests
      ? [`requests: ${visited.requests}, expected ${expected.requests}`]
      : []),
  ];
}

/** Each text after the one before it. */
function judgeOrder(parts: readonly string[], text: string): string[] {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return [`inOrder: no ${part} after what comes before it`];
    from = at + part.length;
  }
  return [];
}
