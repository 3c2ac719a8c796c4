import { AsyncLocalStorage } from 'node:async_hooks';
import * as sdk from 'smolagents-web';

export default {
  async fetch(): Promise<Response> {
    const storage = new AsyncLocalStorage<string>();
    const context = await storage.run('kept', async () => {
      await Promise.resolve();
      return storage.getStore();
    });
    return Response.json({ names: Object.keys(sdk), context });
  },
};
