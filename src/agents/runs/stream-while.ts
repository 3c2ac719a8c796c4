/**
 * Yields what `work` emits while it runs, then returns what it gave. How events of parallel tools and of managed
 * agents reach the one stream of a run, in the order in which they happen. What is emitted when the work has settled, as by calls
 * that an abort cut off, is told no more: whether it came in time would hang on the moment.
 */
export async function* streamWhile<Event, Result>(
  work: (emit: (event: Event) => void) => Promise<Result>,
): AsyncGenerator<Event, Result> {
  const waiting: Event[] = [];
  let wake = () => {};
  let settled = false;
  const result = work((event) => {
    if (settled) return;
    waiting.push(event);
    wake();
  }).finally(() => {
    settled = true;
    wake();
  });
  result.catch(() => {}); // awaited below, but not before the events are through
  for (;;) {
    for (const event of waiting.splice(0)) yield event;
    if (waiting.length) continue;
    if (settled) return await result;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
