/** A clock, ids or a fetch that may be another one for each call of a run, so that a recording knows who asked. */
export type PerCall<Part> = Part & { ofCall?(id: string): PerCall<Part> };

/** Stands for a run's sandbox where the id of a call stands. */
export const SANDBOX = 'sandbox';

/** What this call of the run is given of it. */
export function ofCall<Part>(part: PerCall<Part>, id: string): Part {
  return part.ofCall?.(id) ?? part;
}
