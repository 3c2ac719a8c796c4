import { readPage } from './read-page';

Object.assign(globalThis, { readPage }); // the runner calls it from outside the page
