import { actorIn } from './play-here';

// the runner calls it from outside the page
Object.assign(globalThis, { actor: actorIn('chromium') });
