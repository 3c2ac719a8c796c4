import { make } from './make-node';
import type { Trace } from './trace';
import type { Labels } from './viewer-labels';

export function bandOf(_trace: Trace, labels: Labels): { nodes: Node[]; text: string } {
  return { nodes: [make('i')], text: labels.band };
}
