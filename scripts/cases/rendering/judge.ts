import type { RenderingExpect } from './case';
import type { Shown } from './shown';

/** What of a page was not as expected, a sentence each. */
export function judge(expected: RenderingExpect, shown: Shown): string[] {
  const { executed, networkMustNot = [], visible = '', clickable } = expected;
  const { hosts, text, links, reports, problems } = shown;
  const addresses = links.map(({ address }) => address);
  return [
    ...(shown.executed === (executed ?? false) ? [] : [`executed: ${shown.executed}`]),
    ...networkMustNot.filter((host) => hosts.includes(host)).map((host) => `networkMustNot: ${host} was asked`),
    ...(text.includes(visible) ? [] : [`visible: the page does not show ${JSON.stringify(visible)}`]),
    ...(clickable ?? [])
      .filter((address) => !addresses.includes(address))
      .map((address) => `clickable: ${address} is no link`),
    ...(clickable ? addresses : [])
      .filter((address) => !clickable?.includes(address))
      .map((address) => `clickable: ${address} is a link`),
    ...links
      .filter((link) => link.text !== link.address || !/noopener/.test(link.rel) || !/noreferrer/.test(link.rel))
      .map((link) => `a link to ${link.address} has the text ${link.text} and rel ${link.rel}`),
    ...reports.map((report) => `the policy reported ${report}`),
    ...problems.map((problem) => `the page failed: ${problem}`),
  ];
}
