/** A grey PNG of `width` by `height` pixels as an image part, the form in which tools and tasks hold pictures. */
export function picture(width: number, height: number): { type: 'image'; url: string } {
  const header = new Uint8Array([...bigEndian(width), ...bigEndian(height), 8, 0, 0, 0, 0]);
  const rows = new Uint8Array((width + 1) * height).map((_, index) => (index % (width + 1) === 0 ? 0 : 128));
  const bytes = [
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', header),
    ...chunk('IDAT', stored(rows)),
    ...chunk('IEND', new Uint8Array()),
  ];
  return { type: 'image', url: `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}` };
}

function chunk(name: string, data: Uint8Array): number[] {
  const body = [...[...name].map((letter) => letter.charCodeAt(0)), ...data];
  return [...bigEndian(data.length), ...body, ...bigEndian(crc32(body))];
}

/** A zlib stream of one block that is not compressed, at most 65,535 bytes. */
function stored(data: Uint8Array): Uint8Array {
  const size = [data.length & 0xff, data.length >> 8];
  return new Uint8Array([
    0x78,
    0x01,
    1,
    ...size,
    ...size.map((byte) => byte ^ 0xff),
    ...data,
    ...bigEndian(adler32(data)),
  ]);
}

function adler32(data: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of data) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}

function crc32(bytes: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function bigEndian(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}
