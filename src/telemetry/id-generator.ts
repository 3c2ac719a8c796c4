const POOL_BYTES = 4096; // one call of Web Crypto costs a hundred times what an id out of a pool does
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/**
 * Trace and span ids from Web Crypto, in lowercase hex; an `IdGenerator` of any OpenTelemetry line. The first random byte
 * is drawn with the first id, since workerd refuses to draw one while a module loads.
 */
export class WebCryptoIdGenerator {
  /** In hex. */
  #pool = '';

  generateTraceId(): string {
    return this.#next(TRACE_ID_BYTES);
  }

  generateSpanId(): string {
    return this.#next(SPAN_ID_BYTES);
  }

  #next(bytes: number): string {
    if (this.#pool.length < 2 * bytes) this.#pool = hex(crypto.getRandomValues(new Uint8Array(POOL_BYTES)));
    const id = this.#pool.slice(0, 2 * bytes);
    this.#pool = this.#pool.slice(2 * bytes);
    return /[^0]/.test(id) ? id : this.#next(bytes); // all zeros means "no id" in W3C Trace Context
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => HEX[byte]).join('');
}
