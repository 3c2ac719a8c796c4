/** Statuses that a `Response` takes no body with. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** The response that a script describes, of whatever status. A body that the status cannot have is left out. */
export function scriptedResponse(body: BodyInit, init: { status: number; headers?: HeadersInit }): Response {
  return new Response(WITHOUT_BODY.has(init.status) ? null : body, init);
}
