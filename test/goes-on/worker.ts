import { goOn } from './goes-on';

export default {
  async fetch(): Promise<Response> {
    return Response.json(await goOn());
  },
};
