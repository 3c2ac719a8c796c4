/**
 * The first `maxBytes` of a body, and whether there was more; what comes after is cancelled unread.
 * Throws the signal's reason after an abort, and what the stream failed with.
 */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; truncated: boolean }> {
  if (body === null) return { bytes: new Uint8Array(0), truncated: false };
  const reader = body.getReader();
  const stop = () => reader.cancel().catch(() => undefined); // a cancelled stream ends the read under way
  signal.addEventListener('abort', stop, { once: true });
  let kept = new Uint8Array(64 * 1024);
  let length = 0;
  let truncated = false;
  try {
    signal.throwIfAborted();
    if (maxBytes === 0) return { bytes: new Uint8Array(0), truncated: true };
    while (!truncated) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      const fitting = value.subarray(0, maxBytes - length);
      truncated = fitting.length < value.length;
      if (length + fitting.length > kept.length) kept = grown(kept, length + fitting.length);
      kept.set(fitting, length);
      length += fitting.length;
    }
    return { bytes: kept.slice(0, length), truncated };
  } finally {
    signal.removeEventListener('abort', stop);
    void stop(); // not awaited: a sender may take its time to hear of it
  }
}

/** Twice the room, or more: a body of many small pieces is copied a few times, not once a piece. */
function grown(bytes: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  const roomier = new Uint8Array(Math.max(least, bytes.length * 2));
  roomier.set(bytes);
  return roomier;
}
