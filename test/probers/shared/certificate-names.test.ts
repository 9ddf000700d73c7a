import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { namesOf } from '../../../src/probers/shared/certificate-names.ts';
import type { OddRequest } from '../../support/certificates.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';

const authority = authorityOfThisFile();
const namesIn = (request: OddRequest) =>
  namesOf(new X509Certificate(authority().selfSignedOdd(request).cert));

// Compared with blackbox_exporter 0.23, which prints all of them alike.
describe('a distinguished name reads as Go prints it', () => {
  test.each<[string, string[], string]>([
    ['whole', ['CN = localhost', 'O = Example Org', 'C = US'], 'CN=localhost,O=Example Org,C=US'],
    [
      'in an order of its own',
      [
        ...['serialNumber = 123', 'street = Road 1', 'postalCode = 12345', 'CN = y', 'ST = S'],
        ...['L = L', 'C = DE', 'O = Org', 'OU = Unit'],
      ],
      'SERIALNUMBER=123,CN=y,OU=Unit,O=Org,POSTALCODE=12345,STREET=Road 1,L=L,ST=S,C=DE',
    ],
    [
      'with what separates its parts escaped',
      ['CN = a\\,b+c=d', 'O = "Ex; <x>" \\\\ \\"y', 'OU = \\#hash'],
      'CN=a\\,b\\+c=d,OU=\\#hash,O=Ex\\; \\<x\\> \\\\ \\"y',
    ],
    ['with spaces at its ends escaped', ['CN = "\\ lead and trail\\ "'], 'CN=\\ lead and trail\\ '],
    [
      'with several parts of a kind joined',
      ['0.O = One', '0.OU = a', '1.OU = b', '2.OU = c', 'CN = x'],
      'CN=x,OU=a+OU=b+OU=c,O=One',
    ],
    ['with joined parts taken apart', ['O = Org', 'CN = x', '+OU = y'], 'CN=x,OU=y,O=Org'],
    ['with the last common name only', ['0.CN = first', '1.CN = second'], 'CN=second'],
    [
      'with other kinds as encoded values at the end',
      ['x.2.5.4.12 = Title', 'CN = x', 'emailAddress = a@b.c', '0.DC = example'],
      'CN=x,0.9.2342.19200300.100.1.25=#13076578616d706c65,1.2.840.113549.1.9.1=#0c056140622e63,2.5.4.12=#13055469746c65',
    ],
    [
      'with long encoded values',
      [`x.1.2.3.4 = ${'x'.repeat(300)}`, 'CN = x'],
      `CN=x,1.2.3.4=#1382012c${'78'.repeat(300)}`,
    ],
  ])('%s', (_title, subject, expected) => {
    const names = namesIn({ subject });
    expect(names.subject).toBe(expected);
    expect(names.issuer).toBe(expected);
  });

  test.each(['utf8only', 'default', 'nombstr'])('of any script, encoded by %s', (encoding) => {
    expect(namesIn({ subject: ['CN = Ünïted'], encoding }).subject).toBe('CN=Ünïted');
  });

  test('of a script that fits two bytes a character', () => {
    const { subject } = namesIn({ subject: ['CN = Ü 日本'], encoding: 'default' });
    expect(subject).toBe('CN=Ü 日本');
  });
});

describe('subject alternative names', () => {
  test('are only those of hosts', () => {
    const names =
      'DNS:a.example,IP:127.0.0.1,email:x@y.example,DNS:*.b.example,URI:https://u.example';
    expect(namesIn({ subject: ['CN = x'], names }).dnsNames).toEqual(['a.example', '*.b.example']);
  });

  test('may be absent', () => {
    expect(namesIn({ subject: ['CN = x'] }).dnsNames).toEqual([]);
  });
});
