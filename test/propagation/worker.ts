import { tracedRequest } from './traced-request';

/** Answers a POST of a `TracedRequest`. */
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await tracedRequest(await request.json()));
  },
};
