import { seconds } from './figures';
import type { Trace } from './trace';
import { fill, type Labels } from './viewer-labels';
import { type Spending, timeBand } from './whole/time-band';

const COLOURS: Readonly<Record<Spending, string>> = {
  model: 'var(--model)',
  tool: 'var(--tool)',
  sandbox: 'var(--code)',
  waiting: 'transparent',
};

/** Draws where the run's time went as stripes of one element: hundreds of elements would cost more than they tell. */
export function drawBand(band: HTMLElement, trace: Trace, labels: Labels): void {
  const { totals, parts } = timeBand(trace);
  const share = (ms: number) =>
    `${((100 * (ms - trace.startMs)) / Math.max(1, trace.endMs - trace.startMs)).toFixed(2)}%`;
  const stops = parts.map(({ spending, startMs, endMs }) => `${COLOURS[spending]} ${share(startMs)} ${share(endMs)}`);
  band.style.backgroundImage =
    stops.length > 0
      ? `linear-gradient(to ${getComputedStyle(band).direction === 'rtl' ? 'left' : 'right'},${stops})`
      : '';
  const words = { model: labels.filterModel, tool: labels.filterTools, sandbox: labels.sandbox, waiting: labels.idle };
  const told = Object.entries(totals).flatMap(([name, ms]) =>
    ms > 0 ? [`${words[name as Spending].toLowerCase()} ${seconds(ms)}`] : [],
  );
  const text = fill(labels.band, told.join(', '));
  band.role = 'img';
  band.ariaLabel = text;
  band.title = text;
}
