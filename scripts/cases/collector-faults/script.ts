import type { ScriptEntry } from './case';

const UP: ScriptEntry = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
const REFUSED: ScriptEntry = { network: 'refused' };

/** Reads a script entry by entry: what to do with a request that comes at `nowMs`, or undefined after the end. */
export function scriptReader(script: readonly ScriptEntry[]): (nowMs: number) => ScriptEntry | undefined {
  let next = 0;
  return (nowMs) => {
    for (;;) {
      const entry = script[next];
      const plain = entry?.forever ?? entry;
      if (!plain) return undefined;
      const stretch = duringStretch(plain, nowMs);
      if (stretch) return stretch;
      const isOver = plain.downMs !== undefined || plain.flap !== undefined;
      if (isOver && entry?.forever) return undefined;
      if (!entry?.forever) next += 1;
      if (!isOver) return plain;
    }
  };
}

/** What an entry that lasts for a stretch of time says, while it lasts. */
function duringStretch({ downMs = 0, flap }: ScriptEntry, nowMs: number): ScriptEntry | undefined {
  if (nowMs < downMs) return REFUSED;
  if (!flap || nowMs >= flap.forMs) return undefined;
  return nowMs % (flap.upMs + flap.downMs) < flap.upMs ? UP : REFUSED;
}
