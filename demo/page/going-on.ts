import type { SourceName } from './choices';
import type { Problem } from './next-thing';

/** Whether a file has what the network and the model said, not only what came of it. */
export function isRecording(json: unknown): boolean {
  return Array.isArray(Object(json).exchanges);
}

/** What stands in the way of going on with the words of that source, and with a run that is there as this file only. */
export function problemOfGoingOn(source: SourceName, file: unknown): Problem | undefined {
  if (file !== undefined && !isSavedRun(file))
    return {
      what: 'This file holds spans: what happened, without the state that a run goes on from.',
      next: 'Spans alone cannot be gone on with. Open what “Save” wrote of the run, as a file.',
    };
  if (source === 'worker')
    return {
      what: 'The model of this server runs its own agent, on the server.',
      next: 'Choose another model above to go on with this run.',
    };
  if (source !== 'recording' || file === undefined || isRecording(file)) return undefined;
  return {
    what: 'This file tells what happened, and holds no words for the steps to come.',
    next: 'Choose a model above, and continue from there.',
  };
}

/** Of a run, or a log alone, as against spans. */
function isSavedRun(file: unknown): boolean {
  return Object(file).kind === 'run/1' || (Array.isArray(file) && file.every((entry) => Array.isArray(entry?.within)));
}
