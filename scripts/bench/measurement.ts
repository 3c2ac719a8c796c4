/** One figure of a part of `npm run bench`. */
export interface Measurement {
  /** What was measured, and of what. */
  name: string;
  median: number;
  /** Such as `ms`, `µs`, `MB`; `x` for a ratio. */
  unit: string;
  /** What the project promises; absent where the figure is there to be compared with. */
  goal?: { atMost: number } | { atLeast: number };
}
