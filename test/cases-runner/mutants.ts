import { isObject } from '../../scripts/cases/json';

/** Text that nothing in a run holds. */
const NOWHERE = '\u0001nowhere';
const FAR = 1_000;

/** Altered values of one key of an expectation, each of which a case that passed must fail with. */
export function mutantsOf(key: string, value: unknown): unknown[] {
  const own = OWN_MUTANTS[key];
  return own ? own(value) : altered(value);
}

const pairs = (change: (pair: readonly unknown[]) => unknown[]) => (value: unknown) =>
  Array.isArray(value) ? value.map((pair, index) => value.with(index, change(pair))) : [];

/** Pairs `[where, text]` of which the text must be there: another text, another place. */
const contained = (value: unknown) => [
  ...pairs(([where]) => [where, NOWHERE])(value),
  ...pairs(([where, text]) => [Number(where) + FAR, text])(value),
];
/** Pairs `[where, text]` of which the text must not be there: the empty text is in every text. */
const absent = (value: unknown) => [
  ...pairs(([where]) => [where, ''])(value),
  ...pairs(([where, text]) => [Number(where) + FAR, text])(value),
];

/** Keys whose value is a bound, a part or a negation, so that not every other value is wrong. */
const OWN_MUTANTS: Readonly<Record<string, (value: unknown) => unknown[]>> = {
  final_contains: (value) => [`${value}${NOWHERE}`],
  raises_contains: (value) => [`${value}${NOWHERE}`],
  model_output_ends_with: (value) => [`${NOWHERE}${value}`],
  final_type: () => [], // has one value only: see the test of its own
  max_seconds: () => [-1],
  max_seconds_clock: () => [], // real and virtual may both hold: see the test of its own
  errors_contain: contained,
  observations_contain: contained,
  call_mentions: contained,
  next_call_mentions: contained,
  observations_do_not_contain: absent,
  call_does_not_mention: absent,
  observation_max_chars: (value) => [
    ...pairs(([where]) => [where, -1])(value),
    ...pairs(([where, most]) => [Number(where) + FAR, most])(value),
  ],
};

/** Every value that differs from the given one in one place: a leaf, an item more or less, another name. */
function altered(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    const inside = value.flatMap((item, index) => altered(item).map((other) => value.with(index, other)));
    return [...inside, ...(value.length > 0 ? [value.slice(0, -1)] : []), [...value, NOWHERE]];
  }
  if (isObject(value)) {
    const inside = Object.entries(value).flatMap(([name, item]) =>
      altered(item).map((other) => ({ ...value, [name]: other })),
    );
    const renamed = Object.keys(value)
      .filter((name) => /^\d+$/.test(name))
      .map((name) => rename(value, name, String(Number(name) + FAR)));
    return [...inside, ...renamed];
  }
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'boolean') return [!value];
  return [`${value}${NOWHERE}`];
}

function rename(value: Readonly<Record<string, unknown>>, from: string, to: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name === from ? to : name, item]));
}
