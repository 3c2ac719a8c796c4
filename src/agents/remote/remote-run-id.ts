const RUN_ID = /^[\w-]{1,100}$/;

/** Whether it can be the id of a run in a worker: it becomes a part of an address. */
export function isRemoteRunId(value: unknown): value is string {
  return typeof value === 'string' && RUN_ID.test(value);
}
