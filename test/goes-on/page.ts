import { goOn } from './goes-on';

Object.assign(globalThis, { goOn }); // for the test, which calls it from outside
