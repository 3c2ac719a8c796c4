/** What is written for a value that throws when it is read: a getter, a proxy, a buffer that was handed on. */
export const UNREADABLE = '[Unreadable]';

/**
 * What `read` gives, or undefined where it throws and `lenient` holds. Whatever runs code of the value goes through here;
 * errors of the writing itself, such as a full memory, do not, so that they are not taken for the value's.
 */
export function attempt<Self extends object, Result>(
  lenient: boolean,
  read: (self: Self) => Result,
  self: Self,
): Result | undefined {
  try {
    return read(self);
  } catch (error) {
    if (!lenient) throw error;
    return undefined;
  }
}

/** The value of a slot; `UNREADABLE` where reading it throws and `lenient` holds. */
export function readSlot(lenient: boolean, self: object, key: string | number): unknown {
  try {
    return (self as Record<string | number, unknown>)[key];
  } catch (error) {
    if (!lenient) throw error;
    return UNREADABLE;
  }
}
