const MAX_PRESCAN_BYTES = 1024; // the HTML standard's own reach for a declaration in the document

// The Encoding Standard's windows-1252, bytes 0x80 to 0x9F. Node 20 decodes them as control characters.
const WINDOWS_1252_HIGH = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/**
 * A body as text. In this order: a byte-order mark, the charset of the `content-type` header, one declared in the
 * first kilobyte of the document, UTF-8 and, where the bytes are not UTF-8, windows-1252. A charset that the runtime
 * does not know counts as none. Never throws: bytes that fit no character become U+FFFD.
 */
export function decodeText(bytes: Uint8Array<ArrayBuffer>, contentType: string): string {
  for (const label of [markedCharset(bytes), charsetIn(contentType), declaredCharset(bytes)]) {
    const decoder = label === undefined ? undefined : decoderFor(label);
    if (decoder) return decode(bytes, decoder);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }); // a cut last character is no error
  } catch {
    return decode(bytes, new TextDecoder('windows-1252'));
  }
}

function decode(bytes: Uint8Array<ArrayBuffer>, decoder: TextDecoder): string {
  const text = decoder.decode(bytes);
  if (decoder.encoding !== 'windows-1252') return text;
  return text.replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252_HIGH[character.charCodeAt(0) - 0x80] ?? character);
}

function decoderFor(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

function markedCharset(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

function declaredCharset(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, MAX_PRESCAN_BYTES));
  const isMarkup = start.trimStart().startsWith('<');
  const label = isMarkup ? charsetIn(start) : undefined;
  // a declaration read as ASCII cannot stand in a UTF-16 document
  return label?.toLowerCase().startsWith('utf-16') ? 'utf-8' : label;
}

/** The first `charset=` or `encoding=` label in a header, a `<meta>` or an XML declaration. */
function charsetIn(text: string): string | undefined {
  return /(?:charset|encoding)\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})/i.exec(text)?.[1];
}
