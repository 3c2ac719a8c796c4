/*
 * Which IP addresses belong to the public internet. Source: the IANA special-purpose address registries for IPv4 and
 * IPv6 (RFC 6890 and its updates), "Globally Reachable"; what is not allocated for unicast counts as not reachable.
 */

type Block = readonly [network: number, prefix: number];

// 0/8 this network, 10/8, 100.64/10 shared, 127/8 loopback, 169.254/16 link-local, 172.16/12, 192.0.0/24 protocols,
// 192.0.2/24 documentation, 192.88.99/24 old 6to4 relays, 192.168/16, 198.18/15 benchmarks, 198.51.100/24 and
// 203.0.113/24 documentation, 224/4 multicast, 240/4 reserved and broadcast
const CLOSED_IPV4: readonly Block[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 4],
  [0xf0000000, 4],
];
// 192.0.0.9 (port control anycast) and 192.0.0.10 (TURN anycast): reachable inside 192.0.0/24
const OPEN_IPV4 = [0xc0000009, 0xc000000a];

/** Whether `text`, an IPv4 address in four decimal parts or an IPv6 address, is globally reachable. Other text: false. */
export function isPublicAddress(text: string): boolean {
  const host = text.includes(':') ? hostOf(`[${text.replace(/^\[|\]$/g, '')}]`) : hostOf(text);
  if (host === undefined) return false;
  if (host.startsWith('[')) return isPublicIpv6(groupsOf(host.slice(1, -1)));
  const number = ipv4Number(host);
  return number !== undefined && isPublicIpv4(number);
}

/** Whether a host as `URL.hostname` gives it is an IP address rather than a name. */
export function isAddressLiteral(host: string): boolean {
  return host.startsWith('[') || ipv4Number(host) !== undefined;
}

/**
 * Who counts as one visitor: an IPv4 address, also where IPv6 embeds it, or the /64 network of an IPv6 address, which is
 * what one household or server is given. Undefined for text that is no address.
 */
export function visitorNetwork(text: string): string | undefined {
  const host = hostOf(text.includes(':') ? `[${text}]` : text);
  if (host === undefined || !isAddressLiteral(host)) return undefined;
  if (!host.startsWith('[')) return host;
  const groups = groupsOf(host.slice(1, -1));
  const [g = 0, h = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [g >> 8, g & 255, h >> 8, h & 255].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The URL parser knows every spelling of an address (octal, hex, short, zeros left out); this gives the one it writes. */
function hostOf(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined;
  }
}

function ipv4Number(host: string): number | undefined {
  const parts = host.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isPublicIpv4(address: number): boolean {
  if (OPEN_IPV4.includes(address)) return true;
  return !CLOSED_IPV4.some(([network, prefix]) => {
    const size = 2 ** (32 - prefix);
    return address >= network && address < network + size;
  });
}

/** Eight numbers of 16 bits, from the text as the URL parser writes it: hexadecimal, at most one `::`. */
function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const read = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const left = read(head);
  const right = read(tail ?? '');
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function isPublicIpv6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const embedded = g * 65536 + h;
  const firstFourZero = a === 0 && b === 0 && c === 0 && d === 0;
  if (firstFourZero && e === 0 && (f === 0 || f === 0xffff)) return isPublicIpv4(embedded); // compatible, mapped
  if (firstFourZero && e === 0xffff && f === 0) return isPublicIpv4(embedded); // translated (RFC 2765)
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return isPublicIpv4(embedded); // NAT64
  if (a === 0x2002) return isPublicIpv4(b * 65536 + c); // 6to4
  if (a === 0x2001 && b === 0) {
    // Teredo: the server, and the client with its bits turned over
    return isPublicIpv4(c * 65536 + d) && isPublicIpv4((g ^ 0xffff) * 65536 + (h ^ 0xffff));
  }
  if (a === 0x2001 && b < 0x200) return isOpenProtocolBlock(groups);
  if (a === 0x2001 && b === 0xdb8) return false; // documentation
  if (a === 0x3fff && b < 0x1000) return false; // documentation
  return a >= 0x2000 && a < 0x4000; // all that is allocated for global unicast
}

/** 2001::/23 is for protocols: these parts of it are reachable (anycast of PCP, TURN and DNS-SD; AMT; AS112; ORCHIDv2; DRIP). */
function isOpenProtocolBlock([, b = 0, c = 0, ...rest]: readonly number[]): boolean {
  if (b === 1)
    return c === 0 && rest.slice(0, -1).every((group) => group === 0) && [1, 2, 3].includes(rest.at(-1) ?? 0);
  if (b === 3) return true;
  if (b === 4) return c === 0x112;
  return b >= 0x20 && b < 0x40;
}
