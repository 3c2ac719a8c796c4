import { tracedRequest } from './traced-request';

Object.assign(globalThis, { tracedRequest }); // for the test, which calls it from outside
