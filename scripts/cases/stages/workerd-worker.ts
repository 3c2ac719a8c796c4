import { CaseObject, hostIn, type Namespace } from './case-objects';
import { actorIn, END, type SentFile } from './play-here';

/** Answers `/measure` with the factor, and `/play` with one line of JSON for each verdict as it comes, then `END`. */
export default {
  async fetch(request: Request, { CASE_OBJECTS }: { CASE_OBJECTS: Namespace }): Promise<Response> {
    const actor = actorIn('workerd', { hostObjects: hostIn(CASE_OBJECTS) });
    if (new URL(request.url).pathname === '/measure') return Response.json(await actor.measure());
    const verdicts = actor.play((await request.json()) as SentFile);
    const lines = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await verdicts.next();
        controller.enqueue(new TextEncoder().encode(done ? END : `${JSON.stringify(value)}\n`));
        if (done) controller.close();
      },
    });
    return new Response(lines);
  },
};
export { CaseObject };
