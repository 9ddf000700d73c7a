import { describe, expect, test } from 'vitest';
import { distinguishedName, dnsNames } from '../../../src/probers/shared/certificate.ts';
import { acceptsEncoding } from '../../../src/probers/shared/http-body.ts';

describe('an Accept-Encoding header', () => {
  test.each([
    ['gzip', 'gzip', true],
    ['br, gzip', 'gzip', true],
    ['br;q=1.0, GZIP;q=0.5', 'gzip', true],
    ['*', 'gzip', true],
    ['br, *;q=0.1', 'gzip', true],
    ['gzip;q=0', 'gzip', false],
    ['*;q=0', 'gzip', false],
    ['gzip;q=0, *', 'gzip', false],
    ['br', 'gzip', false],
    ['', 'gzip', true],
    ['br', '', true],
    ['br', 'identity', true],
    ['identity;q=0', 'identity', false],
  ])('%j accepts %j: %s', (header, compression, accepted) => {
    expect(acceptsEncoding(header, compression)).toBe(accepted);
  });
});

describe('a distinguished name', () => {
  test.each([
    ['C=US\nO=Example Org\nCN=localhost', 'CN=localhost,O=Example Org,C=US'],
    ['CN=localhost\nO=Ex\\, Org\nC=US', 'CN=localhost,O=Ex\\, Org,C=US'],
    ['OU=a\nOU=b\nCN=x', 'CN=x,OU=a+OU=b'],
  ])('%j reads as Go prints it', (lines, expected) => {
    expect(distinguishedName(lines)).toBe(expected);
  });
});

describe('subject alternative names', () => {
  test('are only those of hosts', () => {
    expect(dnsNames('DNS:a.example, IP Address:127.0.0.1, DNS:*.b.example')).toEqual([
      'a.example',
      '*.b.example',
    ]);
    expect(dnsNames(undefined)).toEqual([]);
  });
});
