/** A case of ssrf-urls/1, as `keys.ts` has checked it. */
export interface AddressCase {
  id: string;
  url: string;
  why?: string;
  expect: 'allow' | 'deny';
  /** In place of `expect`: `allow`, `deny` or `allow-to ADDRESS`. */
  expectAnyOf?: readonly string[];
  /** `url`, `connect` or `hop N`. */
  at?: string;
  normalized?: string;
  needs?: 'resolver';
  resolves?: Readonly<Record<string, readonly string[]>>;
  resolvesInTurn?: Readonly<Record<string, readonly (readonly string[])[]>>;
  hops?: readonly { status?: number; location?: string }[];
  requests?: number;
}
