import * as z from 'zod';
import type { ObjectHome } from './objects';

/** Spans of one trace beyond this many characters of JSON are sent on, but not kept. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MANY = 100_000; // spans: more do not fit

const SPAN = 'span ';
const PLACE = 'place ';

const facts = z.object({ owner: z.string(), characters: z.number() });

const traceParts = z.object({
  /** JSON of `{ place, span }`: a span with the hash of what it lies in. */
  spans: z.array(z.object({ spanId: z.string(), json: z.string() })),
  /** JSON of a `Place` by its hash. Many spans lie in one, which may be large. */
  places: z.record(z.string(), z.string()),
});
/** What is kept of one trace. */
export type TraceParts = z.infer<typeof traceParts>;

const placedSpan = z.object({ place: z.string(), span: z.unknown() });
/** A resource and a scope as OTLP has them, each with its `schemaUrl`, without what lies in them. */
const place = z.object({ resource: z.looseObject({}), scope: z.looseObject({}) });

const asked = z.object({ owner: z.string(), parts: traceParts, untilMs: z.number() });
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
    return Response.json(asOtlp(home));
  }
  const { owner, parts, untilMs } = asked.parse(body);
  if (known && known.owner !== owner) return new Response(null, { status: 404 });
  const characters = keep(parts, home, known?.characters ?? 0);
  rows.put('trace', JSON.stringify({ owner, characters }));
  await home.wakeAt(untilMs);
  return Response.json({});
}

/** Gives the characters that are kept now. */
function keep({ spans, places }: TraceParts, { rows }: ObjectHome, already: number): number {
  let characters = already;
  const isThere = new Map(Object.keys(places).map((hash) => [hash, rows.get(PLACE + hash) !== undefined]));
  for (const { spanId, json } of spans) {
    const { place: hash } = placedSpan.parse(JSON.parse(json));
    const missing = isThere.get(hash) ? '' : (places[hash] ?? '');
    const key = SPAN + spanId;
    const added = missing.length + json.length - (rows.get(key)?.length ?? 0);
    if (characters + added > MAX_CHARACTERS) continue;
    characters += added;
    if (missing) rows.put(PLACE + hash, missing);
    isThere.set(hash, true);
    rows.put(key, json);
  }
  return characters;
}

/** Spans of the same resource and scope lie together, as OTLP wants it. */
function asOtlp({ rows }: ObjectHome): Record<string, unknown> {
  const places = new Map<string, unknown[]>();
  for (const [, json] of rows.list(SPAN, '', MANY)) {
    const { place: hash, span } = placedSpan.parse(JSON.parse(json));
    entry(places, hash, () => []).push(span);
  }
  const resources = new Map<string, { resource: object; scopeSpans: unknown[] }>();
  for (const [hash, spans] of places) {
    const { resource, scope } = place.parse(JSON.parse(rows.get(PLACE + hash) ?? 'null'));
    const key = JSON.stringify(resource);
    entry(resources, key, () => ({ resource, scopeSpans: [] })).scopeSpans.push({ ...scope, spans });
  }
  return { resourceSpans: [...resources.values()].map(({ resource, scopeSpans }) => ({ ...resource, scopeSpans })) };
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
