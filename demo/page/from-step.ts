/** The run that a trace was read from, from a step on, to lay beside its branch: that has no steps before. */
export function fromStep(source: unknown, step: number): unknown {
  const events: unknown = Object(source).events;
  if (!Array.isArray(events)) return source;
  const begin = events.findIndex((event) => event.path?.length === 1 && numberOf(event) >= step);
  return begin < 0 ? source : { events: [events[0], ...events.slice(begin)] };
}

function numberOf({ type, step }: { type: string; step?: unknown }): number {
  return Number(type === 'step' ? Object(step).number : step);
}
