import { fitsHeader, isHeaderName } from '../../web/options';
import { isRecord } from '../../web/record';

export type ExportHeaders = Readonly<Record<string, string>>;

/** What is wrong with headers, without a word of their values; undefined where they can be sent. */
export function headersProblem(headers: unknown): string | undefined {
  if (!isRecord(headers)) return 'are no object of names and texts';
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderName(name)) return 'hold a name that no header can have';
    if (typeof value !== 'string' || !fitsHeader(value))
      return `hold a value for ${name} that is no text without line breaks and letters beyond Latin-1`;
  }
  return undefined;
}
