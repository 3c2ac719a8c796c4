/** One event of a `text/event-stream` body. */
export interface ServerEvent {
  /** Value of the `event` field; `message` where there is none. */
  type: string;
  /** The `data` lines, joined by newlines. */
  data: string;
  /** Value of the `id` field of this event, where it has one. */
  id?: string;
  /** Value of the `at` field of this event, by which our worker says when it was; no field of the standard. */
  at?: string;
  /** False for text that the body ended in, without the blank line that closes an event. */
  closed: boolean;
}

/**
 * The events in a body of server-sent events, as the HTML standard reads them: any of the three line ends, comments,
 * `data` over many lines, bytes cut anywhere. An event that the end of the body left open is given as well, with
 * `closed: false`, since servers exist that leave out the last blank line. Events without data are left out.
 */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder(); // also takes away a byte order mark
  const lines = new LineSplitter();
  let type = '';
  let id: string | undefined;
  let at: string | undefined;
  let data: string[] = [];

  const take = (closed: boolean): ServerEvent | undefined => {
    const marks = { ...(id !== undefined && { id }), ...(at !== undefined && { at }) };
    const told = { type: type || 'message', data: data.join('\n'), ...marks, closed };
    const event = data.length > 0 ? told : undefined;
    type = '';
    id = undefined;
    at = undefined;
    data = [];
    return event;
  };
  const read = (line: string): ServerEvent | undefined => {
    if (line === '') return take(true);
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(value);
    if (field === 'event') type = value;
    if (field === 'id') id = value;
    if (field === 'at') at = value;
    return undefined; // comments have an empty field name; other fields say nothing here
  };

  for await (const chunk of bytes) {
    for (const line of lines.push(decoder.decode(chunk, { stream: true }))) {
      const event = read(line);
      if (event) yield event;
    }
  }
  for (const line of [...lines.push(decoder.decode()), lines.rest]) if (line !== '') read(line);
  const open = take(false);
  if (open) yield open;
}

/** Cuts text that comes in pieces into lines; time grows with the text, also where a line comes in many pieces. */
class LineSplitter {
  rest = '';
  #afterReturn = false;

  push(piece: string): string[] {
    if (piece === '') return [];
    const text = this.#afterReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    this.#afterReturn = piece.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = this.rest + lines[0];
    this.rest = lines.pop() ?? '';
    return lines;
  }
}
