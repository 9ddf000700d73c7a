import { describe, expect, test } from 'vitest';
import { openUdp } from '../../../src/probers/dns/line.ts';
import { approach, resolve } from '../../../src/probers/shared/address.ts';
import { dial, Lifeline } from '../../../src/probers/shared/dial.ts';
import { type Gate, PermittedAddress, PermittedPath } from '../../../src/probers/shared/gate.ts';

const place = { role: 'target', scheme: 'tcp', host: '127.0.0.1', port: 1 } as const;
const address = { ip: '127.0.0.1', family: 4 } as const;
const closed: Gate = {
  refusal: ({ host }, whereabouts) => `no ${host}, ${JSON.stringify(whereabouts)}`,
};

describe('a gate that refuses', () => {
  test('gives no address, no path, and no lookup', async () => {
    const refused = { reason: 'policy', message: `no 127.0.0.1, ${JSON.stringify(address)}` };
    expect(() => PermittedAddress.of(address, place, closed)).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => approach(place, closed)).toThrow(expect.objectContaining(refused));
    expect(() => PermittedPath.of('/run/a.sock', closed)).toThrow('no /run/a.sock');
    const { signal } = new AbortController();
    const options = { ip_protocol_fallback: true };
    const named = { ...place, host: 'a.test' };
    await expect(resolve(named, { options, gate: closed, signal })).rejects.toMatchObject({
      reason: 'policy',
      message: 'no a.test, "not looked up yet"',
    });
  });
});

test('nothing can be dialled that did not pass it: that would not compile', () => {
  const lifeline = new Lifeline(new AbortController().signal);
  // Not called: whoever compiles the tests finds out.
  const attempts = [
    // @ts-expect-error: nobody was asked.
    () => dial({ ...address, port: 1 }, lifeline),
    // @ts-expect-error: nobody was asked.
    () => openUdp({ ...address, port: 53 }, lifeline, ''),
    // @ts-expect-error: only the gate makes one.
    () => new PermittedAddress(address, 1),
  ];
  expect(attempts).toHaveLength(3);
});
