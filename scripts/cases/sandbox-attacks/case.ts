/** A case of sandbox-attacks/1; its keys are told in `format.keys` of the file. */
export interface AttackCase extends AttackRun {
  id: string;
  /** In place of `code`: one after the other, each in a sandbox of its own. */
  runs?: readonly AttackRun[];
}

/** One step of code in a sandbox of its own, and what may come of it. */
export interface AttackRun {
  code?: string;
  parses?: boolean;
  expect?: Expectation;
}

/** `value`: answered and ended; `none`: ended without an answer. */
export type AttackOutcome = 'value' | 'none' | 'error' | 'timeout' | 'oom';

export interface Expectation {
  outcome?: readonly AttackOutcome[];
  valueAnyOf?: readonly unknown[];
  errorIncludes?: string;
  hostCallsMax?: Readonly<Record<string, number>>;
  maxLogChars?: number;
  maxErrorChars?: number;
  maxWallMs?: number;
  hostUntouched?: true;
  knownHard?: true;
}
