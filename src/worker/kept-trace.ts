import * as z from 'zod';
import type { ObjectHome } from './objects';

/** Spans of one trace beyond this many characters of JSON are sent on, but not kept. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MANY = 100_000; // spans: more do not fit

const facts = z.object({ owner: z.string(), characters: z.number() });

/** A span with what it lay in. */
export interface PlacedSpan {
  resource?: unknown;
  scope?: unknown;
  span: unknown;
}

/** A `PlacedSpan` as JSON. */
const writtenSpan = z.object({ spanId: z.string(), json: z.string() });
export type WrittenSpan = z.infer<typeof writtenSpan>;

const asked = z.object({ owner: z.string(), spans: z.array(writtenSpan), untilMs: z.number() });
/** What `POST /trace/keep` is told; `/trace/read` with the owner alone gives the trace as OTLP JSON, or 404. */
export type AskedKeeping = z.infer<typeof asked>;

/** Keeps the spans of one trace, each once, for the owner who brought the first; those of others are not taken. */
export async function keptTrace(request: Request, home: ObjectHome): Promise<Response> {
  const { rows } = home;
  const { pathname } = new URL(request.url);
  const body: unknown = await request.json(); // no await from here to the last write: another request would come between
  const saved = rows.get('trace');
  const known = saved === undefined ? undefined : facts.parse(JSON.parse(saved));
  if (pathname === '/trace/read') {
    const { owner } = z.object({ owner: z.string() }).parse(body);
    if (known?.owner !== owner) return new Response(null, { status: 404 });
    return Response.json(asOtlp(rows.list('span ', '', MANY).map(([, json]): PlacedSpan => JSON.parse(json))));
  }
  const { owner, spans, untilMs } = asked.parse(body);
  if (known && known.owner !== owner) return new Response(null, { status: 404 });
  let characters = known?.characters ?? 0;
  for (const { spanId, json } of spans) {
    const key = `span ${spanId}`;
    const added = json.length - (rows.get(key)?.length ?? 0);
    if (characters + added > MAX_CHARACTERS) continue;
    characters += added;
    rows.put(key, json);
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
