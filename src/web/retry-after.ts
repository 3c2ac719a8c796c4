/**
 * The wait that a response asks for, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as an HTTP
 * date (RFC 9110, 10.2.3). Undefined where there is none, or it cannot be read, is negative or lies in the past.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms')?.trim() ?? '';
  if (PLAIN_NUMBER.test(exact)) return Math.ceil(Number(exact));
  const value = headers.get('retry-after')?.trim() ?? '';
  if (PLAIN_NUMBER.test(value)) return Math.ceil(Number(value) * 1_000);
  if (!HTTP_DATE.test(value)) return undefined;
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`); // the asctime form has no zone
  const isDay = Number(/\d+/.exec(value)?.[0]) === new Date(at).getUTCDate(); // the 30th of February is read as a day of March
  return isDay && at >= now ? at - now : undefined;
}

const PLAIN_NUMBER = /^\d+(\.\d+)?$/;
// Date.parse alone would take "-5" for a year; all three HTTP forms open with a weekday and hold a time
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/;
