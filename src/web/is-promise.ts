/**
 * Whether a value is a promise of whatever make: zone.js puts its own in the place of the global one, and what native async
 * functions give is no instance of that.
 */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
