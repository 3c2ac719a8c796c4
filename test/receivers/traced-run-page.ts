import { tracedRun } from './traced-run';

Object.assign(globalThis, { tracedRun }); // for the test, which calls it from outside
