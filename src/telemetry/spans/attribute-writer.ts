import type { AttributeValue, Span } from '@opentelemetry/api';
import { type Masking, mask } from '../masking/masking';
import type { Redact } from '../masking/redact-patterns';
import { REDACTED } from '../masking/redacted';

/** Takes an attribute; undefined is left out. */
export type Put = (key: string, value: AttributeValue | undefined) => void;

/** What stands between the facts of a run and its spans. */
export interface Veil {
  masking: Masking;
  /** Absent where nothing is to be taken out. */
  redact: Redact | undefined;
}

/** All that the SDK itself ever writes. Anything else is dropped. */
const ALLOWED_KEY = new RegExp(
  '^((llm\\.(((in|out)put_messages|tools|token_count|prompt_template)\\.|(invocation_parameters|model_name|provider|system)$)|' +
    'tool\\.|smolagents\\.|gen_ai\\.)|((in|out)put\\.(value|mime_type)|openinference\\.span\\.kind|(session|user|tool_call)\\.id|' +
    'metadata|tag\\.tags|agent\\.name|error\\.type|http\\.(request\\.method|response\\.status_code)|' +
    'server\\.(address|port)|url\\.full)$)',
);

const MAX_REMEMBERED = 5_000;
const remembered = new Set<string>();

export function isAllowed(key: string): boolean {
  if (remembered.has(key)) return true; // the same keys come again with every span
  const isKnown = ALLOWED_KEY.test(key);
  if (isKnown && remembered.size < MAX_REMEMBERED) remembered.add(key);
  return isKnown;
}

const MAX_VEIL_MS = 40; // with one text more that takes as long, redaction of a span stays below 100 ms

/** Attributes of one span on their way to it: what may not be told is taken out, masked or redacted here and nowhere else. */
export class AttributeWriter {
  readonly #span: Span;
  readonly #veil: Veil;
  #spentMs = 0;

  constructor(span: Span, veil: Veil) {
    this.#span = span;
    this.#veil = veil;
  }

  /** Sets an attribute of the SDK's own. Their order matters: of those over a provider's limit the last are dropped. */
  readonly put: Put = (key, value) => {
    if (isAllowed(key)) this.#set(key, value);
  };

  /** Sets an attribute that the app gave, whatever it is called: the name is a text as well. */
  writeOwn(key: string, value: AttributeValue | undefined): void {
    this.#set(this.veil(key), value);
  }

  /** A text that is no attribute: a name, a message. When the time for redaction is used up, it is redacted whole. */
  veil(text: string): string {
    const { redact } = this.#veil;
    if (!redact) return text;
    if (this.#spentMs > MAX_VEIL_MS) return REDACTED;
    const [clean, tookMs] = timed(redact, text);
    const isOver = this.#spentMs + tookMs > MAX_VEIL_MS;
    this.#spentMs += isOver ? Math.min(tookMs, timed(redact, text)[1]) : tookMs; // a busy machine may have been the slow one
    return clean;
  }

  #set(key: string, value: AttributeValue | undefined | null): void {
    if (value === undefined || value === null) return;
    const masked = mask(key, value, this.#veil.masking);
    if (masked === undefined) return;
    this.#span.setAttribute(key, this.#veilValue(masked));
  }

  #veilValue(value: AttributeValue): AttributeValue {
    if (typeof value === 'string') return value === REDACTED ? value : this.veil(value);
    if (!Array.isArray(value) || !value.some((item) => typeof item === 'string')) return value;
    return value.map((item) => (typeof item === 'string' ? this.veil(item) : String(item)));
  }
}

function timed(redact: Redact, text: string): [clean: string, tookMs: number] {
  const startMs = performance.now();
  let clean = REDACTED; // what stays where a function of the app's fails
  try {
    clean = redact(text);
  } catch {}
  return [clean, performance.now() - startMs];
}
