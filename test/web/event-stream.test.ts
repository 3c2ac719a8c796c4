import { expect, test } from 'vitest';
import { readEvents, type ServerEvent } from '../../src/web/event-stream';
import { processorMs } from '../fakes/processor-time';

test('events are read alike with every line end, comments, missing spaces and data over two lines', async () => {
  const lines = [': ping', '', 'data:{"a":', 'data: 1}', '', 'event: error', 'id: 7', 'data: no', '', 'data', '', ''];
  const expected = [
    { type: 'message', data: '{"a":\n1}', closed: true },
    { type: 'error', data: 'no', id: '7', closed: true },
    { type: 'message', data: '', closed: true },
  ];

  const readings = await Promise.all(['\n', '\r\n', '\r'].map((end) => read(cut(lines.join(end), 1_000))));

  for (const reading of readings) expect(reading).toEqual(expected);
});

test('it does not matter where the bytes are cut', async () => {
  const text = '\u{feff}data: Grüße 漢字 😀\r\n\r\nevent: x\rdata: y\r\rdata: z\n\n';
  const whole = await read(cut(text, 1_000));

  const readings = await Promise.all([1, 2, 3, 5, 7].map((size) => read(cut(text, size))));

  expect(whole.map(({ data }) => data)).toEqual(['Grüße 漢字 😀', 'y', 'z']);
  for (const reading of readings) expect(reading).toEqual(whole);
});

test('an event that the end of the body left open is given as not closed', async () => {
  const text = 'data: first\n\ndata: {"cho';

  const events = await read(cut(text, 4));

  expect(events).toEqual([
    { type: 'message', data: 'first', closed: true },
    { type: 'message', data: '{"cho', closed: false },
  ]);
});

test('a line of a megabyte in a thousand pieces is read in little time', async () => {
  const text = `data: ${'x'.repeat(1_000_000)}\n\n`;

  const took = await processorMs(async () => {
    const events = await read(cut(text, 1_000));
    expect(events[0]?.data).toHaveLength(1_000_000);
  });

  expect(took).toBeLessThan(2_000);
});

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
}

async function read(bytes: AsyncIterable<Uint8Array>): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(bytes)) events.push(event);
  return events;
}
