import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ADDRESSES_GOOD_FOR_SECONDS,
  addressHash,
  resolve,
} from '../../../src/probers/shared/address.ts';
import { OPEN_GATE } from '../../../src/probers/shared/gate.ts';

const GOOD_FOR_MS = ADDRESSES_GOOD_FOR_SECONDS * 1000;

const signal = () => new AbortController().signal;

function find(
  host: string,
  options: Preference = { ip_protocol_fallback: true },
  ending = signal(),
) {
  const place = { role: 'target', scheme: 'tcp', host, port: 80 } as const;
  return resolve(place, { options, gate: OPEN_GATE, signal: ending });
}

type Preference = Parameters<typeof resolve>[1]['options'];

describe('the hash of an address', () => {
  test.each([
    [{ ip: '127.0.0.1', family: 4 }, 3668918509],
    [{ ip: '::1', family: 6 }, hash([...new Array<number>(15).fill(0), 1])],
    [
      { ip: 'fe80::1:2%eth0', family: 6 },
      hash([0xfe, 0x80, ...new Array<number>(10).fill(0), 0, 1, 0, 2]),
    ],
    [
      { ip: '64:ff9b::192.0.2.1', family: 6 },
      hash([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1]),
    ],
  ] as const)('%j is over its bytes', (address, expected) => {
    expect(addressHash(address)).toBe(expected);
  });

  function hash(bytes: readonly number[]): number {
    const prime = 0x01000193n;
    const all = bytes.reduce(
      (sum, byte) => ((sum ^ BigInt(byte)) * prime) % 2n ** 32n,
      0x811c9dc5n,
    );
    return Number(all);
  }
});

// In this order: what was looked up a moment ago is not looked up again.
describe('resolving', { shuffle: false }, () => {
  test('an address asks nobody', async () => {
    expect(await find('::1')).toMatchObject({ ip: '::1', family: 6, port: 80 });
  });

  test('prefers a version, and falls back where it may', async () => {
    const ip6 = { preferred_ip_protocol: 'ip6' } as const;
    const fallback = await find('127.0.0.1', { ...ip6, ip_protocol_fallback: true });
    expect(fallback.family).toBe(4);
    await expect(find('127.0.0.1', { ...ip6, ip_protocol_fallback: false })).rejects.toMatchObject({
      reason: 'dns',
    });
  });

  describe('trap 9: asks once for all', () => {
    beforeEach(async () => {
      await lookupsForgotten();
      vi.useFakeTimers({ toFake: ['setTimeout'] });
    });
    afterEach(() => {
      vi.advanceTimersByTime(GOOD_FOR_MS);
      vi.useRealTimers();
    });

    test.each([
      ['a name that is known', 'localhost', { family: expect.any(Number) }],
      ['one that no name server can know', 'x'.repeat(64), { reason: 'dns' }],
    ])('who ask for %s while that is under way or a little later', async (_, host, expected) => {
      const ask = () => find(host).catch((failure: unknown) => failure);
      const asked = Array.from({ length: 3 }, ask);
      expect(lookupsUnderWay()).toBe(1);
      const [answer, ...others] = await Promise.all(asked);
      expect(answer).toMatchObject(expected);
      expect(others).toEqual([answer, answer]);
      await lookupsForgotten();

      vi.advanceTimersByTime(GOOD_FOR_MS - 1);
      const soon = ask();
      expect(lookupsUnderWay()).toBe(0);
      expect(await soon).toEqual(answer);

      vi.advanceTimersByTime(1);
      const later = ask();
      expect(lookupsUnderWay()).toBe(1);
      await later;
      await lookupsForgotten();
    });

    /** Node.js counts a lookup until the turn of the event loop that told of it is over. */
    function lookupsForgotten(): Promise<void> {
      return new Promise((resolve) => setImmediate(resolve));
    }

    function lookupsUnderWay(): number {
      return process.getActiveResourcesInfo().filter((name) => name === 'GetAddrInfoReqWrap')
        .length;
    }
  });

  test('trap 18: leaves when the signal fires, without harm to the others', async () => {
    const controller = new AbortController();
    const leaving = find('localhost', undefined, controller.signal);
    const staying = find('localhost');
    controller.abort();
    await expect(leaving).rejects.toThrow();
    expect((await staying).family).toBeGreaterThan(0);
  });
});
