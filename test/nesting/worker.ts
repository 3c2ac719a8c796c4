import { runNesting } from './nesting';

/** Answers `/handle`, `/ambient` and `/generator`. */
export default {
  async fetch(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    return Response.json(
      await runNesting(path === '/ambient' ? 'ambient' : path === '/generator' ? 'generator' : 'handle'),
    );
  },
};
