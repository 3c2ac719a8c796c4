/** Gives a fresh id at each call. Injected, so that a recorded run can be replayed with the ids it had. */
export type Ids = () => string;

/** Random UUIDs from Web Crypto. */
export const randomIds: Ids = () => crypto.randomUUID();
