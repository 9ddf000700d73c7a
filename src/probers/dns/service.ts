import { addressText } from '../shared/address.ts';
import { escaped, escapes, type WireReader } from './wire.ts';

/**
 * The parameters of a SVCB or HTTPS record as miekg/dns prints them: every value in quotes, also an empty one.
 * `undefined` where there are none. Throws `WireError`.
 */
export function serviceParameters(data: WireReader): string | undefined {
  const parameters: string[] = [];
  while (data.left > 0) {
    const key = data.u16();
    const value = data.part(data.u16());
    parameters.push(`${keyName(key)}="${(KEYS[key]?.read ?? opaque)(value)}"`);
  }
  return parameters.length > 0 ? parameters.join(' ') : undefined;
}

type ReadValue = (value: WireReader) => string;

const VALUE = escapes(/["; \\]/);
const LISTED_VALUE = escapes(/["; ,\\]/);

const opaque: ReadValue = (value) => escaped(value.take(value.left), VALUE);
const listed = (read: ReadValue) => (value: WireReader) => {
  const items: string[] = [];
  while (value.left > 0) items.push(read(value));
  return items.join(',');
};
// Commas and backslashes have a meaning in the list itself, and are escaped for it, too.
const protocol: ReadValue = (value) =>
  escaped(value.take(value.u8()), LISTED_VALUE).replace(/\\([,\\])/g, (_pair, character) =>
    character === ',' ? '\\\\\\044' : '\\\\\\092',
  );

// By number, RFC 9460 and after.
const KEYS: readonly { readonly name: string; readonly read: ReadValue }[] = [
  { name: 'mandatory', read: listed((value) => keyName(value.u16())) },
  { name: 'alpn', read: listed(protocol) },
  { name: 'no-default-alpn', read: opaque },
  { name: 'port', read: (value) => String(value.u16()) },
  { name: 'ipv4hint', read: listed((value) => addressText(value.take(4))) },
  { name: 'ech', read: (value) => value.take(value.left).toString('base64') },
  { name: 'ipv6hint', read: listed((value) => addressText(value.take(16))) },
  { name: 'dohpath', read: opaque },
  { name: 'ohttp', read: opaque },
];

function keyName(key: number): string {
  return KEYS[key]?.name ?? `key${key}`;
}
