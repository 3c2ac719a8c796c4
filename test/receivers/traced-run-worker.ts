import { tracedRun } from './traced-run';

/** Answers a POST of `TracedRunOptions` with the run's answer. */
export default {
  async fetch(request: Request): Promise<Response> {
    return new Response(await tracedRun(await request.json()));
  },
};
