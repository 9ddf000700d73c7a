import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Receiver } from '../../../src/probers/shared/receiver.ts';

const FLOOD = 60_000;

/** A connection over which these chunks have come, each for itself, as from records of TLS. */
function received(chunks: readonly string[], { ended = true } = {}): Receiver {
  const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  for (const chunk of chunks) stream.push(chunk);
  if (ended) stream.push(null);
  onTestFinished(() => void stream.destroy());
  return new Receiver(stream as Socket, { peer: 'peer', timeoutSeconds: 5 });
}

/** All that it hears until the end, each line as what it says and whether it is whole. */
async function heard(receiver: Receiver): Promise<[string, boolean][]> {
  const lines: [string, boolean][] = [];
  for (;;) {
    const line = await receiver.line();
    if (!line) return lines;
    lines.push([String(line.text), line.whole]);
    receiver.skip(line);
  }
}

/** How often the event loop turns meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let immediate = setImmediate(function turn() {
    turns++;
    immediate = setImmediate(turn);
  });
  await work();
  clearImmediate(immediate);
  return turns;
}

/** How many bytes are put together anew meanwhile. */
async function bytesJoinedDuring(work: () => Promise<unknown>): Promise<number> {
  const concat = vi.spyOn(Buffer, 'concat');
  onTestFinished(() => concat.mockRestore());
  await work();
  return concat.mock.results.reduce((sum, { value }) => sum + value.length, 0);
}

describe('a receiver', () => {
  test('finds the same lines wherever they were cut', async () => {
    const said = 'one\r\n\ntwo\n\r\nthree\r\r\nfour';
    const lines = [
      ['one', true],
      ['', true],
      ['two', true],
      ['', true],
      ['three\r', true],
      ['four', false],
    ];
    for (let size = 1; size <= said.length; size++) {
      const chunks = said.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(await heard(received(chunks))).toEqual(lines);
    }
  });

  test('knows how much it has not consumed', async () => {
    const receiver = received(['ab', '\nc', 'd', '\nef'], { ended: false });
    const first = await receiver.line();
    if (first) receiver.consume(first);
    expect(await receiver.bytes(Buffer.from('cd'))).toBe('equal');
    expect(receiver.detach()).toBe(3);
  });

  test('compares bytes that come one by one, and leaves what comes behind them', async () => {
    const receiver = received([...'OK\nabcdef\n']);
    const line = await receiver.line();
    if (line) receiver.consume(line);
    expect(await receiver.bytes(Buffer.from('abc'))).toBe('equal');
    expect(await receiver.bytes(Buffer.from('dex'))).toBe('different');
    expect(await received([...'ab']).bytes(Buffer.from('abc'))).toBe('closed');
  });

  test('lets the event loop turn while it is flooded with lines', async () => {
    const receiver = received(['\n'.repeat(FLOOD)]);
    const turns = await turnsDuring(async () => {
      expect(await heard(receiver)).toHaveLength(FLOOD);
    });
    expect(turns).toBeGreaterThan(FLOOD / 300);
  });

  test('lets the event loop turn between lines that are long', async () => {
    const receiver = received(Array.from({ length: 40 }, () => `${'x'.repeat(65_000)}\n`));
    const turns = await turnsDuring(async () => {
      expect(await heard(receiver)).toHaveLength(40);
    });
    expect(turns).toBeGreaterThanOrEqual(19);
  });

  test.each([
    ['lines', (receiver: Receiver) => receiver.line()],
    ['bytes', (receiver: Receiver) => receiver.bytes(Buffer.from('x'.repeat(FLOOD)))],
  ])('lets the event loop turn while %s come byte by byte', async (_what, listen) => {
    const receiver = received(new Array<string>(FLOOD).fill('x'));
    expect(await turnsDuring(() => listen(receiver))).toBeGreaterThan(FLOOD / 300);
  });

  test.each([
    ['lines', (receiver: Receiver) => receiver.line()],
    ['bytes', (receiver: Receiver) => receiver.bytes(Buffer.from('x'.repeat(FLOOD)))],
  ])('copies what comes byte by byte once at most, for %s', async (_what, listen) => {
    const receiver = received(new Array<string>(FLOOD).fill('x'));
    expect(await bytesJoinedDuring(() => listen(receiver))).toBeLessThanOrEqual(FLOOD);
  });

  test('copies lines that are cut in the middle no more than a few times', async () => {
    const receiver = received(new Array<string>(FLOOD / 4).fill('x\nyy'));
    const joined = await bytesJoinedDuring(async () => {
      expect(await heard(receiver)).toHaveLength(FLOOD / 4 + 1);
    });
    expect(joined).toBeLessThan(10 * FLOOD);
  });
});
