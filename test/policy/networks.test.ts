import { describe, expect, test } from 'vitest';
import { addressForms } from '../../src/config/policy/address-forms.ts';
import { contains, isWithin, type Network, parseNetwork } from '../../src/config/policy/network.ts';
import { matchesGlob } from '../../src/lib/glob.ts';
import { fc } from '../support/property.ts';

describe('a network', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['172.16.0.0/12', '172.31.255.255', true],
    ['172.16.0.0/12', '172.32.0.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.0/31', '192.0.2.1', true],
    ['fe80::/10', 'febf:ffff::1', true],
    ['fe80::/10', 'fec0::', false],
    ['::/0', 'ffff::', true],
    ['::/0', '192.0.2.1', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['fd00:ec2::254', 'fd00:ec2::254', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['fe80::1', 'fe80::1%eth0', true],
  ])('%s has %s in it: %s', (text, ip, isInside) => {
    const { certain } = addressForms({ ip, family: ip.includes(':') ? 6 : 4 });
    expect(certain.some((address) => contains(network(text), address))).toBe(isInside);
  });

  test.each([
    ['10.1.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['0.0.0.0/0', '10.0.0.0/8', false],
    ['11.0.0.0/16', '10.0.0.0/8', false],
    ['10.0.0.0/8', '10.0.0.0/16', false],
    ['::/0', '0.0.0.0/0', false],
  ])('%s lies within %s: %s', (inner, outer, isInside) => {
    expect(isWithin(network(inner), network(outer))).toBe(isInside);
  });
});

describe('an address leads to the IPv4 address in it:', () => {
  test.each([
    ['IPv4-mapped', '::ffff:192.0.2.33', true],
    ['IPv4-mapped in hexadecimal', '0:0:0:0:0:ffff:c000:221', true],
    ['IPv4-compatible', '::192.0.2.33', false],
    ['IPv4-translated', '::ffff:0:192.0.2.33', false],
    // RFC 6052, 2.4.
    ['NAT64', '64:ff9b::192.0.2.33', true],
    ['NAT64 of local use, /48', '64:ff9b:1:c000:2:2100::', false],
    ['NAT64 of local use, /56', '64:ff9b:1:c0:0:221::', false],
    ['NAT64 of local use, /64', '64:ff9b:1:0:c0:2:2100:0', false],
    ['NAT64 of local use, /96', '64:ff9b:1::192.0.2.33', false],
    ['6to4', '2002:c000:221::1', false],
    ['Teredo by its server', '2001:0:c000:221::', false],
    ['Teredo by its client', '2001:0:4136:e378:8000:63bf:3fff:fdde', false],
    ['ISATAP', 'fe80::5efe:192.0.2.33', false],
    ['ISATAP of a global address', '2001:db8::200:5efe:192.0.2.33', false],
  ])('%s, %s, beyond doubt: %s', (_kind, ip, isCertain) => {
    const { all, certain } = addressForms({ ip, family: 6 });
    expect(all).toContainEqual([192, 0, 2, 33]);
    expect(certain.some((bytes) => bytes.length === 4)).toBe(isCertain);
  });

  test.each(['::', '::1', '2001:db8::1', 'fe80::1', '64:ff9a::c000:221', '2003:c000:221::'])(
    'but %s stands for itself alone',
    (ip) => {
      expect(addressForms({ ip, family: 6 }).all).toHaveLength(1);
    },
  );
});

test.each([
  ['*', '', true],
  ['*', 'anything.at.all', true],
  ['example.com', 'example.com', true],
  ['example.com', 'www.example.com', false],
  ['*.example.com', 'www.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'example.com.evil.test', false],
  ['a*c', 'ac', true],
  ['a*a', 'a', false],
  ['a*b*c', 'a-c-b-c', true],
  ['a*b*c', 'a-c-c', false],
  ['**', 'x', true],
])('the pattern %s stands for "%s": %s', (pattern, text, isMatch) => {
  expect(matchesGlob(pattern, text)).toBe(isMatch);
});

test('a pattern means what the regular expression made of it does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      const expected = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`).test(text);
      expect(matchesGlob(pattern, text)).toBe(expected);
    }),
  );
});

function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (typeof parsed !== 'object') throw new Error(`${text} is no network`);
  return parsed;
}
