import * as z from 'zod';
import { sha256 } from '../../web/sha256';
import { Problem, tooMuch } from '../problem';
import type { TraceParts } from './kept-trace';
import { readTracesProtobuf } from './otlp-protobuf';

/**
 * Fields of one body, those of its attributes included, whose objects then take some 60 MB: our own processor puts at most
 * 4 MB into a body, and a field with its name seldom takes less than 20 bytes.
 */
const MAX_FIELDS = 400_000;
const MAX_SPANS = 10_000; // of one body: our own processor puts 512 into one
const MAX_GROUPS = 1_000; // of one body: resources and scopes
const MAX_TRACES = 40; // of one body: each is kept by an object of its own, and a request may ask 50
/** JSON that is kept of one body; a resource counts for each of its scopes, and for each trace that has spans of it. */
const MAX_KEPT_CHARACTERS = 16 * 1024 * 1024;

/** In JSON of protobuf null stands for what is not there. */
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const schemaUrl = z
  .string()
  .nullish()
  .transform((url) => url ?? undefined);
/** Hex may be written in capitals, and is one id all the same. */
const id = (pattern: RegExp) => z.string().regex(pattern).toLowerCase();
const span = z.looseObject({
  traceId: id(/^[0-9a-f]{32}$/i),
  spanId: id(/^[0-9a-f]{16}$/i),
  parentSpanId: z.string().toLowerCase().nullish(),
});
const scopeSpans = z.object({ scope: z.unknown().optional(), schemaUrl, spans: list(span) });
const otlp = z.object({
  resourceSpans: list(z.object({ resource: z.unknown().optional(), schemaUrl, scopeSpans: list(scopeSpans) })),
});

/**
 * An OTLP export request as it is kept, by trace id. Throws a `Problem`: 413 for more than is kept, before it is made;
 * 400 for what is no such request, or nested too deep to be written.
 */
export async function readOtlp(
  bytes: Uint8Array,
  { isProtobuf }: { isProtobuf: boolean },
): Promise<Map<string, TraceParts>> {
  try {
    const json = isProtobuf ? readTracesProtobuf(bytes, MAX_FIELDS) : readJson(bytes);
    refuseMany(json);
    return await partsOf(otlp.parse(json));
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem('The body is no export request of OTLP traces.', { status: 400, code: 'bad_request', cause });
  }
}

function readJson(bytes: Uint8Array): unknown {
  refuseManyFields(bytes);
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [...'"\\,[{'].map((sign) => sign.charCodeAt(0));

/** Counts what opens or parts values outside of texts, before objects are made of them. */
function refuseManyFields(bytes: Uint8Array): void {
  let fields = 0;
  let isInText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) isInText = !isInText;
    else if (isInText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) fields += 1;
    if (fields > MAX_FIELDS) throw tooMuch(`${MAX_FIELDS} fields`);
  }
}

/** Whatever shape it has: checking that takes its time for each span. */
function refuseMany(json: unknown): void {
  const resources = listIn(json, 'resourceSpans');
  if (resources.length > MAX_GROUPS) throw tooMuch(`${MAX_GROUPS} resources and scopes`);
  let [groups, spans] = [resources.length, 0];
  for (const resource of resources) {
    const scopes = listIn(resource, 'scopeSpans');
    groups += scopes.length;
    if (groups > MAX_GROUPS) throw tooMuch(`${MAX_GROUPS} resources and scopes`);
    for (const scope of scopes) spans += listIn(scope, 'spans').length;
    if (spans > MAX_SPANS) throw tooMuch(`${MAX_SPANS} spans`);
  }
}

function listIn(value: unknown, key: string): unknown[] {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(list) ? list : [];
}

async function partsOf({ resourceSpans }: z.infer<typeof otlp>): Promise<Map<string, TraceParts>> {
  const traces = new Map<string, TraceParts>();
  let characters = 0;
  const count = (json: string) => {
    characters += json.length;
    if (characters > MAX_KEPT_CHARACTERS) throw tooMuch(`${MAX_KEPT_CHARACTERS} characters of JSON`);
  };
  const partsFor = (traceId: string) => {
    const known = traces.get(traceId) ?? { spans: [], places: {} };
    traces.set(traceId, known);
    if (traces.size > MAX_TRACES) throw tooMuch(`${MAX_TRACES} traces`);
    return known;
  };
  for (const { scopeSpans, ...resource } of resourceSpans)
    for (const { spans, ...scope } of scopeSpans) {
      const place = JSON.stringify({ resource, scope });
      count(place);
      const hash = await sha256(place);
      for (const span of spans) {
        const parts = partsFor(span.traceId);
        if (!(hash in parts.places)) count(place);
        parts.places[hash] = place;
        const json = JSON.stringify({ place: hash, span });
        count(json);
        parts.spans.push({ spanId: span.spanId, json });
      }
    }
  return traces;
}
