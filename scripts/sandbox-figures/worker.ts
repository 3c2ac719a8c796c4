import { defaultExecutor } from 'smolagents-web';
import { measureSandbox } from './measure';

/** Answers every request with the figures of the isolate. */
export default {
  fetch: async () => Response.json(await measureSandbox(await defaultExecutor(), false)),
};
