import { runNesting } from './nesting';

Object.assign(globalThis, { runNesting }); // for the test, which calls it from outside
