import { isRecord } from '../web/record';
import type { ModelReply } from './model';

type Call = ModelReply['toolCalls'][number];
interface OpenCall {
  id: string;
  name: string;
  /** JSON text as it comes in; the few providers that send an object send it whole. */
  arguments: unknown;
}

/** Puts tool calls together from the pieces of a stream, or takes them whole. */
export class ToolCallPieces {
  readonly #calls: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();

  /** `tool_calls` of a completion: each entry is one call. `legacy` is its `function_call`, of servers that know no other. */
  addWhole(entries: unknown, legacy: unknown): void {
    const pieces = piecesIn(entries);
    for (const entry of pieces.length > 0 ? pieces : legacyPieces(legacy)) this.#extend(this.#open(), entry);
  }

  /**
   * `tool_calls` of a delta: each entry is a piece of the call with its `index`. Without one it belongs to the call
   * with its id, else to the last call, unless it brings a new id or a name where there is one already.
   */
  addPieces(entries: unknown, legacy: unknown): void {
    const pieces = piecesIn(entries);
    for (const piece of pieces.length > 0 ? pieces : legacyPieces(legacy)) this.#extend(this.#callOf(piece), piece);
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** The calls, in the order in which they began. */
  whole(): Call[] {
    return this.#calls.map((call) => ({ ...call }));
  }

  #callOf(piece: Piece): OpenCall {
    if (piece.index === undefined) {
      const sameId = piece.id && this.#calls.find(({ id }) => id === piece.id);
      const last = this.#calls.at(-1);
      return sameId || (last && !startsAnother(piece, last) ? last : this.#open());
    }
    const known = this.#byIndex.get(piece.index);
    if (known && !(piece.id && piece.name && known.id && known.id !== piece.id)) return known;
    const opened = this.#open(); // the first piece, or one of the providers that number every call 0
    this.#byIndex.set(piece.index, opened);
    return opened;
  }

  #open(): OpenCall {
    const call: OpenCall = { id: '', name: '', arguments: '' };
    this.#calls.push(call);
    return call;
  }

  #extend(call: OpenCall, piece: Piece): void {
    call.id ||= piece.id;
    // repeated by some providers in every piece, or sent in parts before the arguments begin
    if (piece.name.startsWith(call.name)) call.name = piece.name;
    else if (call.arguments === '') call.name += piece.name;
    if (typeof piece.arguments !== 'string') call.arguments = piece.arguments ?? call.arguments;
    else if (typeof call.arguments === 'string') call.arguments += piece.arguments;
  }
}

interface Piece {
  index: number | undefined;
  id: string;
  name: string;
  arguments: unknown;
}

function startsAnother(piece: Piece, last: OpenCall): boolean {
  return piece.id !== '' ? last.id !== '' : piece.name !== '' && last.name !== '';
}

function piecesIn(entries: unknown): Piece[] {
  if (!Array.isArray(entries)) return [];
  return entries.filter(isRecord).map((entry) => {
    const called = isRecord(entry.function) ? entry.function : {};
    return {
      index: typeof entry.index === 'number' ? entry.index : undefined,
      id: textOr(entry.id),
      name: textOr(called.name),
      arguments: called.arguments,
    };
  });
}

/** The one call that a reply could make before there were lists of them: a name and arguments, without id and index. */
function legacyPieces(call: unknown): Piece[] {
  return isRecord(call) && (call.name || call.arguments) ? piecesIn([{ index: 0, function: call }]) : [];
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
