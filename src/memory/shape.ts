import { AgentConfigurationError } from '../errors';
import { isRecord } from '../web/record';

/** Checks a JSON value at a place (`steps[2].error`); throws an `AgentConfigurationError` naming place, value and rule. */
export type Shape = (value: unknown, place: string) => void;

const rule =
  (allowed: string, fits: (value: unknown) => boolean): Shape =>
  (value, place) => {
    if (!fits(value)) throw new AgentConfigurationError(`${place} is ${excerpt(value)}, must be ${allowed}`);
  };

export const text: Shape = rule('a text', (value) => typeof value === 'string');
export const flag: Shape = rule('true or false', (value) => typeof value === 'boolean');
export const anything: Shape = () => {};
export const count: Shape = rule('a whole number, 0 or more', (value) => Number.isInteger(value) && Number(value) >= 0);
export const duration: Shape = rule('a number, 0 or more', (value) => Number.isFinite(value) && Number(value) >= 0);
export const number: Shape = rule('a number', (value) => typeof value === 'number' && Number.isFinite(value));

/** A text that begins in one of these ways, whatever the case. */
export function beginning(...starts: readonly string[]): Shape {
  return rule(
    `a text that begins with ${starts.join(', ')}`,
    (value) => typeof value === 'string' && starts.some((start) => value.toLowerCase().startsWith(start)),
  );
}

/** Exactly one of these texts. */
export function oneOf(...words: readonly string[]): Shape {
  return rule(`one of ${words.map((word) => `"${word}"`).join(', ')}`, (value) => words.some((word) => word === value));
}

export function list(item: Shape): Shape {
  return (value, place) => {
    if (!Array.isArray(value)) throw new AgentConfigurationError(`${place} is ${excerpt(value)}, must be a list`);
    value.forEach((entry, index) => {
      item(entry, `${place}[${index}]`);
    });
  };
}

/** An object with these keys and no others; `optional` ones may be absent. */
export function object(needed: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape {
  return (value, place) => {
    if (!isRecord(value)) throw new AgentConfigurationError(`${place} is ${excerpt(value)}, must be an object`);
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(needed, key) && !Object.hasOwn(optional, key)) {
        const allowed = [...Object.keys(needed), ...Object.keys(optional)].join(', ');
        throw new AgentConfigurationError(`${place} has an unknown key "${key}"; known are ${allowed}`);
      }
    }
    for (const [key, shape] of Object.entries(needed)) {
      if (!Object.hasOwn(value, key)) throw new AgentConfigurationError(`${place} lacks the key "${key}"`);
      shape(value[key], `${place}.${key}`);
    }
    for (const [key, shape] of Object.entries(optional)) {
      if (Object.hasOwn(value, key)) shape(value[key], `${place}.${key}`);
    }
  };
}

/** An object of any keys whose values all fit. */
export function record(entry: Shape): Shape {
  return (value, place) => {
    if (!isRecord(value)) throw new AgentConfigurationError(`${place} is ${excerpt(value)}, must be an object`);
    for (const [key, part] of Object.entries(value)) entry(part, `${place}.${key}`);
  };
}

/** An object whose `key` says which of the shapes it must fit. */
export function variant(key: string, shapes: Readonly<Record<string, Shape>>): Shape {
  const words = oneOf(...Object.keys(shapes));
  return (value, place) => {
    if (!isRecord(value)) throw new AgentConfigurationError(`${place} is ${excerpt(value)}, must be an object`);
    words(value[key], `${place}.${key}`);
    shapes[String(value[key])]?.(value, place);
  };
}

function excerpt(value: unknown): string {
  if (value === undefined) return 'absent';
  const shown = JSON.stringify(value) ?? typeof value;
  return shown.length > 60 ? `${shown.slice(0, 60)}...` : shown;
}
