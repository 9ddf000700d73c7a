import type { X509Certificate } from 'node:crypto';
import { addressText } from './address.ts';
import { type Element, element, elements, objectIdentifier } from './der.ts';

/** Who a certificate is for and who made it, in the words blackbox_exporter has for it. */
export interface CertificateNames {
  readonly subject: string;
  readonly issuer: string;
  readonly dnsNames: readonly string[];
}

const [VERSION, EXTENSIONS, OCTET_STRING] = [0xa0, 0xa3, 0x04];
const [EMAIL, DNS_NAME, URI, IP_ADDRESS] = [0x81, 0x82, 0x86, 0x87];
// 2.5.29.17
const SUBJECT_ALT_NAME = Buffer.from('551d11', 'hex');

/** Reads the names out of the certificate itself: Node.js' own text of them does not say all. */
export function namesOf(certificate: X509Certificate): CertificateNames {
  const fields = fieldsOf(certificate);
  const [_serial, _algorithm, issuer, _validity, subject] = fields;
  return {
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    dnsNames: alternativeNames(fields)
      .filter(({ tag }) => tag === DNS_NAME)
      .map(({ content }) => content.toString('latin1')),
  };
}

/**
 * The alternative names of a certificate that are text: host names, mail addresses, URIs, and IP addresses as Go writes
 * them (`192.0.2.1`, `2001:db8::1`). Each is one text, whatever characters are in it: in Node.js' own list of them,
 * one can look like several (CVE-2021-44532).
 */
export function alternativeNamesOf(certificate: X509Certificate): string[] {
  return alternativeNames(fieldsOf(certificate)).flatMap(({ tag, content }) => {
    if (tag === IP_ADDRESS) return ipText(content) ?? [];
    return [EMAIL, DNS_NAME, URI].includes(tag) ? content.toString('latin1') : [];
  });
}

/** An IPv4 address in an IPv6 one is that IPv4 address, to Go. */
function ipText(bytes: Buffer): string | undefined {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined;
  return addressText(bytes).replace(/^::ffff:(?=.*\.)/, '');
}

function fieldsOf(certificate: X509Certificate): Element[] {
  const [outer] = elements(certificate.raw);
  const [inner] = inside(outer);
  return inside(inner).filter(({ tag }) => tag !== VERSION);
}

function inside(outer: Element | undefined): Element[] {
  return outer ? elements(outer.content) : [];
}

function alternativeNames(fields: readonly Element[]): Element[] {
  const [list] = inside(fields.find(({ tag }) => tag === EXTENSIONS));
  const extension = inside(list).find((one) => {
    const [id] = inside(one);
    return id?.content.equals(SUBJECT_ALT_NAME);
  });
  const [names] = inside(inside(extension).find(({ tag }) => tag === OCTET_STRING));
  return inside(names);
}

interface Part {
  /** The encoded object identifier, as hexadecimal digits. */
  readonly type: string;
  /** Where the certificate gives no text: the encoded value. */
  readonly value: string | Buffer;
}

// Those with a name, 2.5.4.5 and so on, in the order in which Go prints them.
const TYPES = new Map([
  ['550405', 'SERIALNUMBER'],
  ['550403', 'CN'],
  ['55040b', 'OU'],
  ['55040a', 'O'],
  ['550411', 'POSTALCODE'],
  ['550409', 'STREET'],
  ['550407', 'L'],
  ['550408', 'ST'],
  ['550406', 'C'],
]);
// Of these only the last is printed.
const SINGLE = new Set(['550405', '550403']);

/** As Go prints it: sorted by type and joined there, whatever the certificate joined, with all others at the end. */
function distinguishedName(name: Element | undefined): string {
  const parts = inside(name).flatMap(inside).map(partOf);
  const known = [...TYPES.keys()].map((type) => {
    const same = parts.filter((part) => part.type === type);
    const [last] = same.slice(-1);
    const single = last && last.value !== '' ? [last] : [];
    return (SINGLE.has(type) ? single : same).map(printed).join('+');
  });
  const others = parts.filter(({ type }) => !TYPES.has(type)).map(printed);
  return [...known, ...others.reverse()].filter((text) => text !== '').join(',');
}

function partOf(pair: Element): Part {
  const [type, value] = inside(pair);
  if (!type || !value) return { type: '', value: pair.whole };
  return { type: type.content.toString('hex'), value: textOf(value) ?? value.whole };
}

const [UTF8_STRING, PRINTABLE_STRING] = [0x0c, 0x13];

function textOf({ tag, content }: Element): string | undefined {
  switch (tag) {
    case UTF8_STRING:
      return content.toString('utf8');
    // Numeric, printable, T.61 and IA5.
    case 0x12:
    case PRINTABLE_STRING:
    case 0x14:
    case 0x16:
      return content.toString('latin1');
    // BMP: UTF-16, big end first.
    case 0x1e:
      return content.length % 2 === 0
        ? Buffer.from(content).swap16().toString('utf16le')
        : undefined;
    default:
      return undefined;
  }
}

function printed({ type, value }: Part): string {
  const name = TYPES.get(type);
  if (name && typeof value === 'string') return `${name}=${escaped(value)}`;
  const bytes = typeof value === 'string' ? encoded(value) : value;
  return `${name ?? objectIdentifier(Buffer.from(type, 'hex'))}=#${bytes.toString('hex')}`;
}

/** As RFC 2253 has it. */
function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&');
}

// Go forgets how the text was encoded, and chooses by itself.
function encoded(value: string): Buffer {
  const isPrintable = /^[A-Za-z0-9 '()+,./:=?-]*$/.test(value);
  return element(isPrintable ? PRINTABLE_STRING : UTF8_STRING, Buffer.from(value));
}
