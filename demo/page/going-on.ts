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
      what: 'This file tells what happened, and is no file of a run: the settings that one goes on with are missing.',
      next: 'Open what “Save” wrote of the run, as a file, and continue there.',
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

/** Of a run, or a log alone. The viewer offers to go on from an object with events as well: that is what it has of a live run. */
function isSavedRun(file: unknown): boolean {
  return Object(file).kind === 'run/1' || (Array.isArray(file) && file.every((entry) => Array.isArray(entry?.within)));
}
