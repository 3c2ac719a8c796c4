import { showAddress } from '../../web/address';
import { readBytes } from '../../web/body';
import { type Deadline, within } from '../../web/deadline';
import { gzip } from '../../web/gzip';
import { retryAfterMs } from '../../web/retry-after';
import { REDACTED } from '../masking/redacted';
import { ExportFailure, isRetriedStatus, messageOf } from './export-failure';
import { type PartialSuccess, readPartialSuccess } from './partial-success';

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024; // the OTLP specification's own advice
const MAX_ERROR_BYTES = 16_384; // so that a secret in what is shown is never cut in two
const MAX_SHOWN_CHARACTERS = 300;
const LEAST_SECRET_CHARACTERS = 4;

/** One body on its way. */
export interface Delivery {
  body: Uint8Array<ArrayBuffer>;
  /** Whether the body is compressed first. */
  gzip: boolean;
  /** Calls fetch at once, with these headers beside the usual ones. */
  request(body: Uint8Array<ArrayBuffer>, encoding: Readonly<Record<string, string>>): Promise<Response>;
  /** A request that is under way already. */
  begun: Promise<Response> | undefined;
  /** Called when the request is on its way. */
  release: (() => void) | undefined;
  limits: Omit<Deadline, 'late'>;
  /** Aborted as well when the delivery is over. */
  both: AbortSignal;
  address: string;
  /** Texts that no message may hold. */
  secrets: readonly string[];
}

/** Sends a body and reads the answer. Throws an `ExportFailure`. */
export async function deliver(delivery: Delivery): Promise<PartialSuccess> {
  const { body, begun, request, release, limits, both, address } = delivery;
  const compressed = delivery.gzip && !begun ? await gzip(body) : undefined;
  const late = () => new ExportFailure(`it did not answer within ${limits.timeoutMs} ms`, { retryable: true });
  let response: Response | undefined;
  const attempt = async () => {
    const pending = begun ?? request(compressed ?? body, compressed ? { 'content-encoding': 'gzip' } : {});
    release?.();
    response = await pending;
    const { ok, status } = response;
    const maxBytes = ok ? MAX_RESPONSE_BYTES : isRetriedStatus(status) ? 0 : MAX_ERROR_BYTES;
    const { bytes } = await readBytes(response.body, maxBytes, both);
    return judged(response, delivery, bytes); // a `Retry-After` counts from the head
  };
  try {
    return await within(attempt, { ...limits, late });
  } catch (error) {
    const isJudged = error instanceof ExportFailure && (error.status !== undefined || !error.retryable);
    if (isJudged) throw error;
    if (response) return judged(response, delivery); // the head alone decides
    throw error instanceof ExportFailure ? error : unreachable(address, error);
  }
}

/** What was left out, for a 2xx. Throws an `ExportFailure` for any other status. */
function judged(response: Response, { limits, address, secrets }: Delivery, bytes = new Uint8Array()): PartialSuccess {
  const { ok, status, headers, type } = response;
  if (ok) {
    const { rejectedSpans, message } = readPartialSuccess(bytes, headers.get('content-type') ?? '');
    return { rejectedSpans, message: withoutSecrets(message, secrets) };
  }
  const isOpaque = type === 'opaqueredirect'; // pages are not told more
  if (isOpaque || (status < 400 && headers.has('location')))
    throw redirected(isOpaque ? undefined : response, address, secrets);
  const text = withoutSecrets(new TextDecoder().decode(bytes).trim(), secrets).slice(0, MAX_SHOWN_CHARACTERS);
  const said = text && !text.startsWith('<') ? `: ${text}` : '';
  throw new ExportFailure(`it answered ${status}${status === 415 ? ' (to this `format`)' : ''}${said}`, {
    retryable: isRetriedStatus(status),
    status,
    retryAfterMs: retryAfterMs(headers, limits.clock.now()),
  });
}

function redirected(response: Response | undefined, address: string, secrets: readonly string[]): ExportFailure {
  const location = response?.headers.get('location') ?? '';
  const base = URL.canParse(address) ? address : globalThis.location?.href;
  const target = URL.canParse(location, base) ? showAddress(new URL(location, base)) : 'another address';
  const message = `it redirects to ${withoutSecrets(target, secrets)}, which is not followed: give that as \`url\``;
  return new ExportFailure(message, { retryable: false, status: response?.status });
}

/** A collector may say what it was sent. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const words = secrets.flatMap((secret) => [secret, ...secret.split(' ')]);
  const shapes = words.flatMap((word) => [word, JSON.stringify(word).slice(1, -1), encodeURIComponent(word)]);
  return shapes
    .filter(({ length }) => length >= LEAST_SECRET_CHARACTERS)
    .sort((one, other) => other.length - one.length)
    .reduce((rest, word) => rest.replaceAll(word, REDACTED), text);
}

function unreachable(address: string, cause: unknown): ExportFailure {
  const base: string | undefined = globalThis.location?.href; // none in Node and deployed workers
  const url = URL.canParse(address, base) ? new URL(address, base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    return new ExportFailure('it is not an http address', { retryable: false, cause });
  if (url.username || url.password)
    return new ExportFailure('its address holds a user name or password, which belongs into `headers`', {
      retryable: false,
      cause,
    });
  const hint = base ? ' (is it running, and does its CORS setting allow this origin?)' : '';
  return new ExportFailure(`it cannot be reached: ${messageOf(cause)}${hint}`, { retryable: true, cause });
}
