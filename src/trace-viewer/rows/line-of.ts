/** The line of `code`, from 1, that the message of a failed step quotes. */
export function lineOf(message: string, code = ''): number | undefined {
  // what this SDK and smolagents write stands at the front, and a long message could make the search slow
  const quoted = /at line '([\s\S]*?)' due to/.exec(message.slice(0, 1000))?.[1]?.trim();
  if (!quoted) return undefined;
  // the quote of a long line is cut
  const at = code
    .split('\n')
    .findIndex((line) => line.trim() === quoted || (quoted.length > 99 && line.trim().startsWith(quoted.slice(0, 99))));
  return at < 0 ? undefined : at + 1;
}
