const POOL_BYTES = 4096; // one call of Web Crypto costs a hundred times what an id out of a pool does
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/**
 * Trace and span ids from Web Crypto, in lowercase hex; an `IdGenerator` of any OpenTelemetry line. The first random byte
 * is drawn with the first id, since workerd refuses to draw one while a module loads.
 */
export class WebCryptoIdGenerator {
  #pool = new Uint8Array(0);
  #used = 0;

  generateTraceId(): string {
    return this.#next(TRACE_ID_BYTES);
  }

  generateSpanId(): string {
    return this.#next(SPAN_ID_BYTES);
  }

  #next(length: number): string {
    if (this.#used + length > this.#pool.length) {
      this.#pool = crypto.getRandomValues(new Uint8Array(POOL_BYTES));
      this.#used = 0;
    }
    const bytes = this.#pool.subarray(this.#used, this.#used + length);
    this.#used += length;
    let id = '';
    for (const byte of bytes) id += byte.toString(16).padStart(2, '0');
    return /^0+$/.test(id) ? this.#next(length) : id; // all zeros means "no id" in W3C Trace Context
  }
}
