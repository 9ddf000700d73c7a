import { describe, expect, test } from 'vitest';
import { addressHash, resolve } from '../../../src/probers/shared/address.ts';

const anything = { ip_protocol_fallback: true };
const signal = () => new AbortController().signal;

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

describe('resolving', () => {
  test('an address asks nobody', async () => {
    expect(await resolve('::1', anything, signal())).toEqual({ ip: '::1', family: 6 });
  });

  test('prefers a version, and falls back where it may', async () => {
    const ip6 = { preferred_ip_protocol: 'ip6' } as const;
    const fallback = await resolve('127.0.0.1', { ...ip6, ip_protocol_fallback: true }, signal());
    expect(fallback.family).toBe(4);
    await expect(
      resolve('127.0.0.1', { ...ip6, ip_protocol_fallback: false }, signal()),
    ).rejects.toMatchObject({ reason: 'dns' });
  });

  test('trap 9: asks once for all who ask for the same at the same time, and again later', async () => {
    const asking = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'GetAddrInfoReqWrap').length;
    const asked = Array.from({ length: 3 }, () => resolve('localhost', anything, signal()));
    expect(asking()).toBe(1);
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ ip }) => ip)).size).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    const again = resolve('localhost', anything, signal());
    expect(asking()).toBe(1);
    await again;
  });

  test('trap 18: leaves when the signal fires, without harm to the others', async () => {
    const controller = new AbortController();
    const leaving = resolve('localhost', anything, controller.signal);
    const staying = resolve('localhost', anything, signal());
    controller.abort();
    await expect(leaving).rejects.toThrow();
    expect((await staying).family).toBeGreaterThan(0);
  });
});
