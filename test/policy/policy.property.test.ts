import { expect, test } from 'vitest';
import { startGuard } from '../support/guard.ts';
import { serveFile } from '../support/policy.ts';
import { fc } from '../support/property.ts';

const byte = fc.nat(255);

/** An address of this host or of a private network, as its four bytes. */
const denied = fc.oneof(
  fc.tuple(fc.constant(127), byte, byte, byte),
  fc.tuple(fc.constant(10), byte, byte, byte),
  fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
  fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
  fc.constant([0, 0, 0, 0]),
);

const zeros = fc.nat(3).map((count) => '0'.repeat(count));

/** One number, in any of the bases that the system's resolver reads. */
function number(value: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constant(String(value)),
    zeros.map((more) => `0x${more}${value.toString(16)}`),
    zeros.map((more) => `0X${more}${value.toString(16).toUpperCase()}`),
    zeros.map((more) => `0${more}${value.toString(8)}`),
  );
}

/** An IPv4 address in one to four numbers. */
function numbers(bytes: readonly number[]): fc.Arbitrary<string> {
  return fc.integer({ min: 1, max: 4 }).chain((count) => {
    const rest = bytes.slice(count - 1).reduce((sum, value) => sum * 256 + value, 0);
    const parts = [...bytes.slice(0, count - 1), rest].map(number);
    return fc.tuple(...parts).map((texts) => texts.join('.'));
  });
}

const DOTS = ['.', '。', '．', '｡', '%2e', '%2E'];

/** Each character as itself, in full width, or percent-encoded. */
function disguised(text: string): fc.Arbitrary<string> {
  const characters = [...text].map((character) => {
    const code = character.charCodeAt(0);
    const others =
      character === '.'
        ? DOTS
        : [character, String.fromCharCode(code + 0xfee0), `%${code.toString(16)}`];
    return fc.constantFrom(character, ...others);
  });
  return fc.tuple(...characters).map((parts) => parts.join(''));
}

const hex = (high: number, low: number) => (high * 256 + low).toString(16);

/** An IPv6 address that holds it. */
function embedded([a = 0, b = 0, c = 0, d = 0]: readonly number[]): fc.Arbitrary<string> {
  const tail = fc.constantFrom(`${hex(a, b)}:${hex(c, d)}`, `${a}.${b}.${c}.${d}`);
  const prefix = fc.constantFrom(
    '::ffff:',
    '0:0:0:0:0:FFFF:',
    '64:ff9b::',
    '64:ff9b:1::',
    '::ffff:0:',
    '2001:db8::5efe:',
  );
  const other = fc.constantFrom(
    `[2002:${hex(a, b)}:${hex(c, d)}::1]`,
    `[2001:0:${hex(a, b)}:${hex(c, d)}::1]`,
  );
  return fc.oneof(
    fc.tuple(prefix, tail).map(([head, end]) => `[${head}${end}]`),
    other,
  );
}

const spelling = denied.chain((bytes) =>
  fc.oneof(numbers(bytes), numbers(bytes).chain(disguised), embedded(bytes)),
);

test('no spelling of a denied address is dialled', async () => {
  const guard = await startGuard();
  const { ask } = await serveFile({
    modules: { dns: { prober: 'dns', dns: { query_name: '.' } } },
    probe_policy: { deny: ['loopback', 'private'] },
  });
  const targets = [
    ['http_2xx', (host: string) => `http://${host}:${guard.port}/`],
    ['tcp_connect', (host: string) => `${host}:${guard.port}`],
    ['dns', (host: string) => `${host}:${guard.port}`],
  ] as const;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(spelling, fc.constantFrom(...targets), async (host, [module, targetOf]) => {
      const { status } = await ask({ module, target: targetOf(host) });
      if (status === 403) refused++;
      expect([400, 403]).toContain(status);
      expect(guard.visits()).toBe(0);
    }),
    { numRuns: 150 },
  );
  // Were they all no targets, nothing would be shown.
  expect(refused).toBeGreaterThan(75);
});
