/** Of the registry of the page: the agent and the viewer may come from two builds. */
const TIME = Symbol.for('smolagents-web.event-time');

/**
 * When the event was, in milliseconds since the epoch by the clock of the worker that told it; undefined for one of a run that
 * is made here, or whose worker does not say so. A copy of an event has no time.
 */
export function eventTime(event: object): number | undefined {
  const atMs: unknown = Reflect.get(event, TIME);
  return typeof atMs === 'number' ? atMs : undefined;
}

/** The same event, which has that time from now on. It is no part of what the event tells, in JSON neither. */
export function withTime<Event extends object>(event: Event, atMs: number): Event {
  return Object.defineProperty(event, TIME, { value: atMs });
}
