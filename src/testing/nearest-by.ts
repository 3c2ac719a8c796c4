/**
 * Of recorded entries that would do, that of whoever asks (`by`, as `RecordedReply.by`); else the first below the same call of the
 * outermost run: in a branch, calls that are made again have ids of their own.
 */
export function nearestBy<Entry extends { by?: string }>(entries: readonly Entry[], by = ''): Entry | undefined {
  const above = `${by.split('/')[0]}/`;
  return entries.find((entry) => entry.by === by) ?? entries.find((entry) => entry.by?.startsWith(above)) ?? entries[0];
}
