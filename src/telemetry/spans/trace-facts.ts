import { type Attributes, type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing as suppressed } from '@opentelemetry/core';
import { isRecord } from '../../web/record';
import { jsonText } from './json-text';

/** What is said on every span of a run, beside what happens there. */
export interface TraceFacts {
  /** Runs of one session are shown together. */
  sessionId?: string;
  userId?: string;
  metadata?: Readonly<Record<string, unknown>>;
  tags?: readonly string[];
  promptTemplate?: { template: string; version?: string; variables?: Readonly<Record<string, unknown>> };
  /** Attributes of the app's own. */
  attributes?: Attributes;
}

export const FACT_OPTIONS: readonly (keyof TraceFacts)[] = [
  'sessionId',
  'userId',
  'metadata',
  'tags',
  'promptTemplate',
  'attributes',
];

/** The keys under which OpenInference's own packages keep these in a context: what those set is read here, and the other way. */
const FACT_KEYS = [
  'session.id',
  'user.id',
  'metadata',
  'tag.tags',
  'llm.prompt_template.template',
  'llm.prompt_template.version',
  'llm.prompt_template.variables',
] as const;
type FactKey = (typeof FACT_KEYS)[number] | 'attributes';

const keyOf = (name: FactKey) => createContextKey(`OpenInference SDK Context Key ${name}`);

/** The context with these facts; what they leave out stays as it was. */
export function withFacts(outer: Context, facts: TraceFacts): Context {
  const { sessionId, userId, metadata, tags, promptTemplate, attributes } = facts;
  const values: [FactKey, string | undefined][] = [
    ['session.id', sessionId],
    ['user.id', userId],
    ['metadata', metadata && jsonText(metadata)],
    ['tag.tags', tags && jsonText(tags)],
    ['llm.prompt_template.template', promptTemplate?.template],
    ['llm.prompt_template.version', promptTemplate?.version],
    ['llm.prompt_template.variables', promptTemplate?.variables && jsonText(promptTemplate.variables)],
    ['attributes', attributes && jsonText(attributes)],
  ];
  return values.reduce((made, [name, value]) => (value ? made.setValue(keyOf(name), value) : made), outer);
}

/** The attributes that the facts of a context are. */
export function factAttributes(given: Context): Attributes {
  const attributes: Attributes = {};
  for (const name of FACT_KEYS) {
    const value = given.getValue(keyOf(name));
    if (name === 'tag.tags') {
      const tags = parsed(value);
      if (Array.isArray(tags)) attributes[name] = tags.map(String);
    } else if (typeof value === 'string') attributes[name] = value;
  }
  const own = parsed(given.getValue(keyOf('attributes')));
  return isRecord(own) ? Object.assign({}, attributes, own, attributes) : attributes; // the app's own come last
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** What was entered below, for apps that have no context manager: true in the same turn alone. */
let entered: Context | undefined;

/** Calls `fn` in a context; runs that it starts in the same turn see it, with a context manager those after an `await` too. */
function within<T>(inner: Context, fn: () => T): T {
  const before = entered;
  entered = inner;
  try {
    return context.with(inner, fn);
  } finally {
    entered = before;
  }
}

/** The context at a public door. */
export function ambientContext(): Context {
  const active = context.active();
  return active === ROOT_CONTEXT ? (entered ?? active) : active;
}

/** Calls `fn`; the spans of runs that it starts have these facts. */
export function usingAttributes<T>(facts: TraceFacts, fn: () => T): T {
  return within(withFacts(ambientContext(), facts), fn);
}

export const usingSession = <T>(sessionId: string, fn: () => T): T => usingAttributes({ sessionId }, fn);

export const usingUser = <T>(userId: string, fn: () => T): T => usingAttributes({ userId }, fn);

export const usingMetadata = <T>(metadata: Readonly<Record<string, unknown>>, fn: () => T): T =>
  usingAttributes({ metadata }, fn);

export const usingTags = <T>(tags: readonly string[], fn: () => T): T => usingAttributes({ tags }, fn);

export const usingPromptTemplate = <T>(promptTemplate: NonNullable<TraceFacts['promptTemplate']>, fn: () => T): T =>
  usingAttributes({ promptTemplate }, fn);

/** Calls `fn`; runs that it starts leave no spans. */
export function suppressTracing<T>(fn: () => T): T {
  return within(suppressed(ambientContext()), fn);
}
