import type { RunState } from '../../agents/agent';
import type { Outcome } from '../trace';

/** What the states of a run are to who looks at it. */
export const OUTCOMES: Readonly<Record<RunState, Outcome>> = {
  success: 'answered',
  max_steps_error: 'stopped',
  error: 'failed',
  interrupted: 'stopped',
  budget: 'stopped',
  waiting: 'waiting',
};
