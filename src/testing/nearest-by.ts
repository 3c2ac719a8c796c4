/**
 * Of recorded entries that would do, that of whoever asks (`by`, as `RecordedReply.by`); else the first of those that share most of
 * the calls which lead there: in a branch, calls that are made again have ids of their own.
 */
export function nearestBy<Entry extends { by?: string }>(
  entries: readonly Entry[],
  by: string | undefined,
): Entry | undefined {
  const own = entries.find((entry) => entry.by === by);
  if (own || by === undefined) return own ?? entries[0];
  let [nearest] = entries;
  for (const entry of entries) if (shared(entry.by, by) > shared(nearest?.by, by)) nearest = entry;
  return nearest;
}

/** How many calls lead to both. */
function shared(one: string | undefined, other: string): number {
  if (!one) return 0;
  const [left, right] = [one.split('/'), other.split('/')];
  const end = left.findIndex((id, place) => id !== right[place]);
  return end < 0 ? left.length : end;
}
