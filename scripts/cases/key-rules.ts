import { isObject } from './json';

/** Names of the values that stand at a key, where a list of them would not do. */
export type ValueType = 'text' | 'number' | 'boolean' | 'null';

/** What a key may hold: `format.keys` of a file, and a player's own list of what it implements, which says types too. */
export interface KeyRule {
  is?: string;
  /** All the values allowed. */
  values?: readonly unknown[];
  /** A pattern that a text may match instead. */
  or?: string;
  /** The keys below this key are those below that other path; '' is the case itself. */
  same_keys_as?: string;
  types?: readonly ValueType[];
  needed?: boolean;
}
export type KeyRules = Readonly<Record<string, string | KeyRule>>;

/** One place of the format: what may stand there. */
interface Place {
  names: Map<string, Place>;
  /** `*`: a name that is not listed. */
  any?: Place;
  /** `[]`: an item of a list. */
  item?: Place;
  /** `**`: any JSON from here on. */
  open: boolean;
  /** There when a single value may stand here. */
  rule?: KeyRule;
}

/** What is wrong with a case by these rules, each problem named by its path; empty for a case that fits. */
export function checkKeys(value: unknown, rules: KeyRules): string[] {
  const problems: string[] = [];
  const root = readRules(rules);
  const resolve = (place: Place): Place => {
    const target = place.rule?.same_keys_as;
    return target === undefined ? place : resolve(find(root, target));
  };

  const visit = (item: unknown, unresolved: Place, path: string): void => {
    const place = resolve(unresolved);
    if (place.open) return;
    if (Array.isArray(item)) visitList(item, place, path);
    else if (isObject(item)) visitObject(item, place, path);
    else if (!isMissingList(item, place, path))
      problems.push(...checkValue(item, place).map((problem) => `${path}: ${problem}`));
  };
  const visitList = (list: readonly unknown[], place: Place, path: string): void => {
    const { item } = place;
    if (!item) problems.push(`${path}: a list is not allowed here`);
    else
      list.forEach((value, index) => {
        visit(value, item, `${path}[${index}]`);
      });
  };
  const visitObject = (object: Readonly<Record<string, unknown>>, place: Place, path: string): void => {
    if (place.names.size === 0 && !place.any) problems.push(`${path}: an object is not allowed here`);
    else {
      for (const [key, value] of Object.entries(object)) {
        const below = place.names.get(key) ?? place.any;
        if (below) visit(value, below, join(path, key));
        else problems.push(`unknown key ${join(path, key)}`);
      }
      for (const [key, below] of place.names) {
        if (below.rule?.needed && !(key in object)) problems.push(`${join(path, key)} is needed`);
      }
    }
  };

  if (isObject(value)) visit(value, root, '');
  else problems.push('a case must be an object');
  return problems;
}

function checkValue(value: unknown, { rule, item, names, any }: Place): string[] {
  const nested = item ? 'a list' : names.size > 0 || any ? 'an object' : 'nothing';
  const written = JSON.stringify(value);
  if (!rule) return [`${written} where ${nested} is allowed`];
  const { values, or, types } = rule;
  if (types && !types.includes(typeOf(value))) return [`${written} is not ${types.join(' or ')}`];
  if (!values || values.includes(value)) return [];
  if (or !== undefined && typeof value === 'string' && new RegExp(or).test(value)) return [];
  return [`unknown value ${written}; allowed: ${values.map((allowed) => JSON.stringify(allowed)).join(', ')}`];
}

/** In a list of lists null says that there is none at that place: a step without tokens. */
function isMissingList(value: unknown, { rule, item }: Place, path: string): boolean {
  return value === null && !rule && item !== undefined && path.endsWith(']');
}

function typeOf(value: unknown): ValueType {
  if (value === null) return 'null';
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';
}

function readRules(rules: KeyRules): Place {
  const root = newPlace();
  for (const [path, rule] of Object.entries(rules)) {
    const place = find(root, path);
    if (!place.open) place.rule = typeof rule === 'string' ? { is: rule } : rule;
    else if (typeof rule !== 'string' && rule.needed) place.rule = rule;
  }
  return root;
}

/** The place at a path, made where it is not there yet. */
function find(root: Place, path: string): Place {
  let place = root;
  if (path === '') return place;
  for (const part of path.split('.')) {
    if (part === '**') {
      place.open = true;
      return place;
    }
    const [, name = part, brackets = ''] = /^(.*?)((?:\[\])*)$/.exec(part) ?? [];
    place = name === '*' ? anyBelow(place) : below(place, name);
    for (let depth = brackets.length / 2; depth > 0; depth -= 1) place = itemOf(place);
  }
  return place;
}

function below(place: Place, name: string): Place {
  const known = place.names.get(name);
  if (known) return known;
  const made = newPlace();
  place.names.set(name, made);
  return made;
}

function anyBelow(place: Place): Place {
  place.any ??= newPlace();
  return place.any;
}

function itemOf(place: Place): Place {
  place.item ??= newPlace();
  return place.item;
}

function newPlace(): Place {
  return { names: new Map(), open: false };
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
