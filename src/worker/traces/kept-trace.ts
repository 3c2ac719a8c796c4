import * as z from 'zod';
import type { ObjectHome } from '../objects';

/**
 * Characters of JSON that are kept of one trace. Model calls repeat the history, so a long run is over that: in the second half
 * a span is kept without its longest attributes, and each may take a part only of what is left.
 */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const LEFT_FOR_PARTS = MAX_CHARACTERS / 2;
const PART_OF_WHAT_IS_LEFT = 1 / 128;
const MANY = 100_000; // spans: more do not fit

const SPAN = 'span ';
const PLACE = 'place ';

const facts = z.object({
  owner: z.string(),
  characters: z.number(),
  /** Whether spans are missing for which there was no room. */
  incomplete: z.boolean().optional(),
});

const traceParts = z.object({
  /** JSON of `{ place, span }`: a span with the hash of what it lies in. */
  spans: z.array(z.object({ spanId: z.string(), json: z.string() })),
  /** JSON of a `Place` by its hash. Many spans lie in one, which may be large. */
  places: z.record(z.string(), z.string()),
});
/** What is kept of one trace. */
export type TraceParts = z.infer<typeof traceParts>;

const placedSpan = z.object({ place: z.string(), span: z.looseObject({}) });
/** A resource and a scope as OTLP has them, each with its `schemaUrl`, without what lies in them. */
const place = z.object({ resource: z.looseObject({}), scope: z.looseObject({}) });

const asked = z.object({ owner: z.string(), parts: traceParts, untilMs: z.number() });
/**
 * What `POST /trace/keep` is told; `/trace/read` with the owner alone gives the trace as OTLP JSON, or 404: `incomplete` is true
 * where spans are missing, and `droppedAttributesCount` of a span counts what it is kept without.
 */
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
    return Response.json({ ...asOtlp(home), ...(known.incomplete && { incomplete: true }) });
  }
  const { owner, parts, untilMs } = asked.parse(body);
  if (known && known.owner !== owner) return new Response(null, { status: 404 });
  const { characters, incomplete } = keep(parts, home, known?.characters ?? 0);
  rows.put('trace', JSON.stringify({ owner, characters, incomplete: incomplete || known?.incomplete === true }));
  await home.wakeAt(untilMs);
  return Response.json({});
}

/** Gives the characters that are kept now, and whether there was no room for some span. */
function keep({ spans, places }: TraceParts, { rows }: ObjectHome, already: number) {
  let characters = already;
  let incomplete = false;
  const isThere = new Map(Object.keys(places).map((hash) => [hash, rows.get(PLACE + hash) !== undefined]));
  for (const { spanId, json } of spans) {
    const { place: hash, span } = placedSpan.parse(JSON.parse(json));
    const missing = isThere.get(hash) ? '' : (places[hash] ?? '');
    const key = SPAN + spanId;
    const left = MAX_CHARACTERS - characters - missing.length + (rows.get(key)?.length ?? 0);
    const most = Math.max(left - LEFT_FOR_PARTS, left * PART_OF_WHAT_IS_LEFT);
    const kept =
      json.length > most ? JSON.stringify({ place: hash, span: withoutLongest(span, json.length - most) }) : json;
    if (kept.length > left) {
      incomplete = true;
      continue;
    }
    characters = MAX_CHARACTERS - left + kept.length;
    if (missing) rows.put(PLACE + hash, missing);
    isThere.set(hash, true);
    rows.put(key, kept);
  }
  return { characters, incomplete };
}

/** The span without the fewest attributes that hold so many characters, which it counts as OTLP does. */
function withoutLongest(span: Record<string, unknown>, characters: number): Record<string, unknown> {
  const { attributes, droppedAttributesCount: before } = span;
  if (!Array.isArray(attributes)) return span;
  const lengths = new Map(attributes.map((attribute, at) => [at, JSON.stringify(attribute).length]));
  const dropped = new Set<number>();
  let rest = characters;
  for (const [at, length] of [...lengths].sort(([, one], [, other]) => other - one)) {
    if (rest <= 0) break;
    dropped.add(at);
    rest -= length;
  }
  return {
    ...span,
    attributes: attributes.filter((_, at) => !dropped.has(at)),
    droppedAttributesCount: (typeof before === 'number' ? before : 0) + dropped.size,
  };
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
