import type { ShowRun } from '../rendering/shown';
import { actorIn } from './play-here';

declare const showRun: ShowRun; // of the runner, outside the page

// the runner calls it from outside the page
Object.assign(globalThis, { actor: actorIn('chromium', { showRun }) });
