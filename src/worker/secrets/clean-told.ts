import { fromJson } from '../../executors/codec';
import { isRecord } from '../../web/record';

/** Fields of events and facts whose values come from models, tools and visitors; what is not in them is worded here. */
const DATA: readonly string[] = ['arguments', 'output', 'finalAnswer', 'value'];
const WORD = /^[a-z]+(?:[-_][a-z]+)*$/;
/** Fields of ours whose words clients branch on, and how those look; the same of an error, whose class may be the developer's. */
const WORDS: ReadonlyMap<string, RegExp> = new Map([
  ...['type', 'state', 'kind'].map((key) => [key, WORD] as const),
  ['agent', /^/],
]);
const ERROR_WORDS: typeof WORDS = new Map([...WORDS, ['code', WORD], ['type', /^Agent[A-Za-z]*Error$/]]);

/**
 * An event or facts, as parsed from what `encode` wrote, with every text through `clean`. In data also keys, and in place of
 * a number (or a Date, bytes and the like) that `clean` would change stands the text that it becomes, or `removed`. Names,
 * numbers and words of our own stay: clients need them, and a secret may look like one by chance.
 */
export function cleanTold(json: unknown, clean: (text: string) => string, removed: string): unknown {
  return cleanOwn(json, WORDS);

  function cleanOwn(value: unknown, words: typeof WORDS): unknown {
    if (typeof value === 'string') return clean(value);
    if (Array.isArray(value)) return value.map((item) => cleanOwn(item, words));
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => {
      if (DATA.includes(key)) return [key, cleanData(item)];
      if (typeof item === 'string' && words.get(key)?.test(item)) return [key, item];
      return [key, cleanOwn(item, key === 'error' ? ERROR_WORDS : WORDS)];
    });
    return Object.fromEntries(entries);
  }

  function cleanData(value: unknown): unknown {
    if (typeof value === 'string') return clean(value);
    if (typeof value === 'number') return clean(String(value)) === String(value) ? value : removed;
    if (Array.isArray(value)) return value.map(cleanData);
    if (!isRecord(value)) return value;
    if ('$' in value) return cleanTagged(value);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), cleanData(item)]));
  }

  /** What JSON has not, as the codec writes it; a BigInt or bytes cannot be read any more once a part is gone. */
  function cleanTagged({ $: kind, ...rest }: Record<string, unknown>): unknown {
    const tagged = { $: kind, ...('value' in rest && { value: cleanData(rest.value) }) };
    try {
      fromJson(tagged);
      return tagged;
    } catch {
      return removed;
    }
  }
}
