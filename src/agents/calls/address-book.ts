import type { KnownAddresses } from '../../tools/tool';

const MAX_CHARACTERS = 2_048; // of an address; browsers and servers take no more
/** What ends an address in running text, in any script. */
const SEPARATORS = /[\s<>"`|\\^{}「」『』（）。，、；：！？]+/u;
/** What may stand in an address as well as behind it: it is then taken both ways. */
const DOUBTFUL = /[,;'’()[\]]/g;
const MAX_READINGS = 20; // of one piece of text
const TRAILING = ".,;:!?*_'’([";
const SCHEME = /(?=https?:\/\/)/i;
const BARE_HOST = /^(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?::\d+)?(?:[/?#]|$)/u;

/** What a run's addresses begin with. */
export interface AddressSources {
  /** Texts of the user; only those of the outermost run are, a manager's words may be a page's. */
  texts: readonly string[];
  /** Found by searches that memory tells of. */
  found: readonly string[];
}

/**
 * The addresses that a run and the managed agents below it may take for given. What a search finds anywhere in the tree is
 * known everywhere in it; `found` has what this run and those below it found.
 */
export class AddressBook implements KnownAddresses {
  readonly #above: KnownAddresses | undefined;
  readonly #texts: readonly string[];
  #given: ReadonlySet<string> | undefined;
  readonly #found = new Map<string, string>();

  constructor(above: KnownAddresses | undefined, { texts, found }: AddressSources) {
    this.#above = above;
    this.#texts = texts;
    for (const address of found) this.add(address);
  }

  get found(): readonly string[] {
    return [...this.#found.values()];
  }

  /** How many `found` holds. */
  get count(): number {
    return this.#found.size;
  }

  add(address: string): void {
    const key = comparable(address);
    if (key !== '' && !this.#found.has(key)) this.#found.set(key, address);
    this.#above?.add(address);
  }

  has(address: string): boolean {
    const key = comparable(address);
    if (key === '') return false;
    if (this.#above) return this.#above.has(address);
    this.#given ??= new Set(this.#texts.flatMap(addressesIn).map(comparable)); // most runs never ask
    return this.#given.has(key) || this.#found.has(key);
  }
}

/** Every reading of a text as addresses, with a scheme or by their host alone; what is none is left to `comparable`. */
function addressesIn(text: string): string[] {
  return text.split(SEPARATORS).flatMap((word) => {
    if (word.length > MAX_CHARACTERS) return [];
    const [start = '', ...rest] = word.split(SCHEME);
    const whole = `${SCHEME.exec(word)?.index === 0 ? start : ''}${rest.join('')}`; // one address may hold another
    return [start, ...rest, whole].flatMap(readings);
  });
}

function readings(piece: string): string[] {
  const bare = piece.replace(/^[([*_'’]+/, '');
  const address = BARE_HOST.test(bare) ? `https://${bare}` : piece;
  if (!/^https?:\/\//i.test(address)) return [];
  const cuts = Array.from(address.matchAll(DOUBTFUL), ({ index }) => address.slice(0, index));
  return [address, ...cuts.slice(0, MAX_READINGS)].flatMap((reading) => [reading, withoutTrailing(reading)]);
}

function withoutTrailing(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * What two addresses of one page have in common: host, path without a slash at its end, query. Scheme and fragment do not
 * count. Empty for what is no http address.
 */
function comparable(address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return '';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return '';
  const host = url.host.replace(/\.(?=:\d+$|$)/, '');
  return `${host}${url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname}${url.search}`;
}
