import * as z from 'zod';
import type { ObjectHome } from './objects';

/** Spans of one trace beyond this many characters of JSON are sent on, but not kept. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MANY = 100_000; // spans: more do not fit

const facts = z.object({ owner: z.string(), characters: z.number() });

/** A span with what it lay in. */
export const placedSpan = z.object({
  resource: z.unknown().optional(),
  scope: z.unknown().optional(),
  span: z.looseObject({ spanId: z.string() }),
});
export type PlacedSpan = z.infer<typeof placedSpan>;

const asked = z.object({ owner: z.string(), spans: z.array(placedSpan), untilMs: z.number() });
/** What `POST /trace/keep` is told; `/trace/read` with the owner alone gives the trace as OTLP JSON, or 404. */
export type AskedKeeping = z.infer<typeof asked>;

/** Keeps the spans of one trace, each once, for the owner who brought the first; those of others are not taken. */
export async function keptTrace(request: Request, home: ObjectHome): Promise<Response> {
  const { rows } = home;
  const saved = rows.get('trace');
  const known = saved === undefined ? undefined : facts.parse(JSON.parse(saved));
  if (new URL(request.url).pathname === '/trace/read') {
    const { owner } = z.object({ owner: z.string() }).parse(await request.json());
    if (known?.owner !== owner) return new Response(null, { status: 404 });
    return Response.json(asOtlp(rows.list('span ', '', MANY).map(([, text]) => placedSpan.parse(JSON.parse(text)))));
  }
  const { owner, spans, untilMs } = asked.parse(await request.json());
  if (known && known.owner !== owner) return new Response(null, { status: 404 });
  let characters = known?.characters ?? 0;
  for (const placed of spans) {
    const text = JSON.stringify(placed);
    const key = `span ${placed.span.spanId}`;
    const isNew = rows.get(key) === undefined;
    if (isNew && characters + text.length > MAX_CHARACTERS) continue;
    if (isNew) characters += text.length;
    rows.put(key, text);
  }
  rows.put('trace', JSON.stringify({ owner, characters }));
  await home.wakeAt(untilMs);
  return Response.json({});
}

/** Spans of the same resource and scope lie together, as OTLP wants it. */
function asOtlp(spans: readonly PlacedSpan[]): Record<string, unknown> {
  const resources = new Map<string, { resource: unknown; scopes: Map<string, { scope: unknown; spans: unknown[] }> }>();
  for (const { resource, scope, span } of spans) {
    const above = entry(resources, JSON.stringify(resource), () => ({ resource, scopes: new Map() }));
    entry(above.scopes, JSON.stringify(scope), () => ({ scope, spans: [] })).spans.push(span);
  }
  return {
    resourceSpans: [...resources.values()].map(({ resource, scopes }) => ({
      resource,
      scopeSpans: [...scopes.values()],
    })),
  };
}

function entry<Value>(map: Map<string, Value>, key: string | undefined, make: () => Value): Value {
  const name = key ?? '';
  const found = map.get(name) ?? make();
  map.set(name, found);
  return found;
}
