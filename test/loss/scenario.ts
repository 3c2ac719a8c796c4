/** What keeps the spans: ours, ours with its journal, or the stock `BatchSpanProcessor` with the stock exporter. */
export type Keeper = 'ours' | 'journal' | 'stock';

/** What became of the spans of one scenario. */
export interface Arrival {
  ended: number;
  /** Distinct spans that the collector has. */
  arrived: number;
  /** Losses that the keeper itself counted; absent where it counts none, or its page is gone. */
  counted?: number;
}

export interface Scenario {
  name: string;
  keepers: readonly Keeper[];
  run(keeper: Keeper): Promise<Arrival>;
}
