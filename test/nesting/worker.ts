import { runNesting } from './nesting';

/** Answers `/handle` and `/ambient`. */
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runNesting(new URL(request.url).pathname === '/ambient' ? 'ambient' : 'handle'));
  },
};
