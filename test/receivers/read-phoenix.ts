/** One span as Phoenix gives it back. */
export interface StoredSpan {
  name: string;
  kind: string;
  status: string;
  /** Status with those of the spans below. */
  propagatedStatus: string;
  spanId: string;
  parentId: string | null;
  tokens: number | null;
  input: string | null;
  output: string | null;
  events: readonly { name: string; message: string }[];
}

/** What Phoenix knows of a project. */
export interface StoredProject {
  traces: number;
  /** US dollars, by Phoenix's own price table. */
  cost: number | null;
  tokens: number;
  sessions: readonly { id: string; userId: string | null; traces: number }[];
  spans: readonly StoredSpan[];
}

const QUERY = `query($name: String!) { getProjectByName(name: $name) {
  traceCount recordCount tokenCountTotal costSummary { total { cost } }
  spans(first: 1000) { edges { node { name spanKind statusCode propagatedStatusCode parentId spanId startTime tokenCountTotal
    input { value } output { value } events { name message } } } }
  sessions(first: 100) { edges { node { sessionId userId numTraces } } }
} }`;
const POLL_MS = 100;
const LIMIT_MS = 60_000;

/** Reads a project when it has so many spans, which takes Phoenix a moment. Throws with what it has when they do not come. */
export async function readPhoenix(origin: string, project: string, spanCount: number): Promise<StoredProject> {
  const limit = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await query(origin, project);
    if (found && found.recordCount >= spanCount) return told(found);
    if (Date.now() > limit)
      throw new Error(
        `${project} has ${found?.recordCount ?? 'no'} spans after ${LIMIT_MS / 1000} s, not ${spanCount}`,
      );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS)); // the only way to learn of it
  }
}

/** Attributes of a project's spans by the span's id, over the REST interface. */
export async function readAttributes(origin: string, project: string): Promise<Map<string, Record<string, unknown>>> {
  const reply = await fetch(`${origin}/v1/projects/${encodeURIComponent(project)}/spans?limit=1000`);
  const { data }: { data: { context: { span_id: string }; attributes: Record<string, unknown> }[] } =
    await reply.json();
  return new Map(data.map(({ context, attributes }) => [context.span_id, attributes]));
}

/** The tree as lines of kind and name, two blanks a depth, siblings in the order of their start. */
export function treeOf(spans: readonly StoredSpan[]): string[] {
  return inTreeOrder(spans).map(({ span, depth }) => `${'  '.repeat(depth)}${span.kind} ${span.name}`);
}

/** All spans, each before those below it; two that start in the same microsecond would else stand in any order. */
export function inTreeOrder(
  spans: readonly StoredSpan[],
  parent: string | null = null,
  depth = 0,
): { span: StoredSpan; depth: number }[] {
  return spans
    .filter(({ parentId }) => parentId === parent)
    .flatMap((span) => [{ span, depth }, ...inTreeOrder(spans, span.spanId, depth + 1)]);
}

interface Found {
  traceCount: number;
  recordCount: number;
  tokenCountTotal: number;
  costSummary: { total: { cost: number | null } };
  spans: Edges<{
    name: string;
    spanKind: string;
    statusCode: string;
    propagatedStatusCode: string;
    parentId: string | null;
    spanId: string;
    startTime: string;
    tokenCountTotal: number | null;
    input: { value: string } | null;
    output: { value: string } | null;
    events: { name: string; message: string }[];
  }>;
  sessions: Edges<{ sessionId: string; userId: string | null; numTraces: number }>;
}
type Edges<Node> = { edges: { node: Node }[] };

async function query(origin: string, name: string): Promise<Found | null> {
  const reply = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY, variables: { name } }),
  });
  const { data, errors }: { data?: { getProjectByName: Found | null }; errors?: unknown } = await reply.json();
  if (!data) throw new Error(`Phoenix answered ${reply.status}: ${JSON.stringify(errors)}`);
  return data.getProjectByName;
}

function told({ traceCount, costSummary, tokenCountTotal, spans, sessions }: Found): StoredProject {
  return {
    traces: traceCount,
    cost: costSummary.total.cost,
    tokens: tokenCountTotal,
    sessions: sessions.edges.map(({ node }) => ({ id: node.sessionId, userId: node.userId, traces: node.numTraces })),
    spans: spans.edges
      .toSorted(({ node: a }, { node: b }) => (a.startTime < b.startTime ? -1 : 1)) // microseconds, which a Date has not
      .map(({ node }) => ({
        name: node.name,
        kind: node.spanKind.toUpperCase(),
        status: node.statusCode,
        propagatedStatus: node.propagatedStatusCode,
        spanId: node.spanId,
        parentId: node.parentId,
        tokens: node.tokenCountTotal,
        input: node.input?.value ?? null,
        output: node.output?.value ?? null,
        events: node.events,
      })),
  };
}
