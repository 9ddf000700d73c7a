import { addressText } from '../shared/address.ts';
import { className, typeName } from './numbers.ts';
import { serviceParameters } from './service.ts';
import { escaped, escapes, WireError, type WireReader } from './wire.ts';

/** One resource record. */
export interface DnsRecord {
  readonly type: number;
  /**
   * As miekg/dns, and with it blackbox_exporter, prints it: owner, TTL, class and type with a tab after each, then
   * the data. It is made anew whenever it is asked for, which few do.
   */
  readonly text: string;
  /** Only of a SOA record. */
  readonly serial?: number;
  /** Only of an OPT record: the upper eight bits of the response code. */
  readonly extendedRcode?: number;
}

/** Reads the next record of a message. Throws {@link WireError}. */
export function readRecord(reader: WireReader): DnsRecord {
  const owner = reader.unprintedName();
  const type = reader.u16();
  const klass = reader.u16();
  const ttl = reader.u32();
  const length = reader.u16();
  const data = reader.part(length);
  const name = typeName(type);
  if (name === 'OPT') {
    return { type, text: optText(klass, ttl), extendedRcode: ttl >>> 24 };
  }
  const layout = LAYOUTS[name];
  if (!layout) {
    const bytes = data.take(length);
    const print = () => `${owner()}\t${ttl}\tCLASS${klass}\tTYPE${type}\t${unknown(bytes)}`;
    return printedLater(type, print);
  }
  const fields = length === 0 ? [] : layout.map((read) => read(data));
  if (data.left > 0) throw new WireError(`has a ${name} record that is too long`);
  const print = () => `${owner()}\t${ttl}\t${className(klass)}\t${name}\t${values(fields)}`;
  const serial = name === 'SOA' && length > 0 ? { serial: Number(fields[2]) } : {};
  return Object.assign(printedLater(type, print), serial);
}

function printedLater(type: number, print: () => string): DnsRecord {
  return {
    type,
    get text() {
      return print();
    },
  };
}

function values(fields: readonly (Print | string)[]): string {
  const printed = fields.map((field) => (typeof field === 'string' ? field : field()));
  return printed.filter((value) => value !== undefined).join(' ');
}

/** RFC 3597: what may be of any form. */
function unknown(bytes: Buffer): string {
  return `\\# ${bytes.length} ${bytes.toString('hex')}`;
}

/** EDNS has no form in zone files: this is how dig and miekg/dns show it, without options. */
function optText(size: number, ttl: number): string {
  const version = (ttl >>> 16) & 0xff;
  const flags = ttl & 0x8000 ? ' do' : '';
  return `\n;; OPT PSEUDOSECTION:\n; EDNS: version ${version}; flags:${flags}; udp: ${size}`;
}

/** Reads one field of the data. What costs something to print is printed later, where somebody wants it. */
type Field = (data: WireReader) => Print | string;

/** `undefined`: there is nothing to print, not even a space. */
type Print = () => string | undefined;

const u8: Field = (data) => String(data.u8());
const u16: Field = (data) => String(data.u16());
const u32: Field = (data) => String(data.u32());
const name: Field = (data) => data.unprintedName();
const type: Field = (data) => typeName(data.u16());
const time: Field = (data) => {
  const seconds = data.u32();
  return () => new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+Z/g, '');
};
const bare = (data: WireReader): string => escaped(data.take(data.u8()), QUOTED);
const text = (data: WireReader): string => `"${bare(data)}"`;
const texts: Field = (data) => {
  const strings: string[] = [];
  while (data.left > 0) strings.push(text(data));
  return strings.join(' ');
};
const octets: Field = (data) => `"${escaped(data.take(data.left), QUOTED)}"`;
const hex = (data: WireReader): string => data.take(data.left).toString('hex');
const upperHex: Field = (data) => hex(data).toUpperCase();
const base64: Field = (data) => data.take(data.left).toString('base64');
const salt: Field = (data) => data.take(data.u8()).toString('hex').toUpperCase() || '-';
const hash: Field = (data) => {
  const bytes = data.take(data.u8());
  return () => base32(bytes);
};
const ipv4: Field = (data) => addressText(data.take(4));
const ipv6: Field = (data) => {
  const bytes = data.take(16);
  return () => addressText(bytes);
};
const eui =
  (length: number): Field =>
  (data) =>
    (data.take(length).toString('hex').match(/../g) ?? []).join('-');
const types: Field = (data) => {
  const windows: [number, Buffer][] = [];
  while (data.left > 0) windows.push([data.u8(), data.take(data.u8())]);
  return () =>
    windows.flatMap(([window, bits]) => [...typeWindow(window, bits)]).join(' ') || undefined;
};
const parameters: Field = (data) => {
  const printed = serviceParameters(data);
  return () => printed;
};

const QUOTED = escapes(/["\\]/);

// What is not among them is printed as of an unknown type.
const LAYOUTS: Readonly<Record<string, readonly Field[]>> = {
  A: [ipv4],
  AAAA: [ipv6],
  AFSDB: [u16, name],
  AVC: [texts],
  CAA: [u8, bare, octets],
  CDNSKEY: [u16, u8, u8, base64],
  CDS: [u16, u8, u8, upperHex],
  CNAME: [name],
  CSYNC: [u32, u16, types],
  DHCID: [base64],
  DLV: [u16, u8, u8, upperHex],
  DNAME: [name],
  DNSKEY: [u16, u8, u8, base64],
  DS: [u16, u8, u8, upperHex],
  EUI48: [eui(6)],
  EUI64: [eui(8)],
  HINFO: [text, text],
  HTTPS: [u16, name, parameters],
  KEY: [u16, u8, u8, base64],
  KX: [u16, name],
  LP: [u16, name],
  MB: [name],
  MD: [name],
  MF: [name],
  MG: [name],
  MINFO: [name, name],
  MR: [name],
  MX: [u16, name],
  NAPTR: [u16, u16, text, text, text, name],
  NINFO: [texts],
  NS: [name],
  NSEC: [name, types],
  NSEC3: [u8, u8, u16, salt, hash, types],
  NSEC3PARAM: [u8, u8, u16, salt],
  OPENPGPKEY: [base64],
  PTR: [name],
  RESINFO: [texts],
  RP: [name, name],
  RRSIG: [type, u8, u8, u32, time, time, u16, name, base64],
  RT: [u16, name],
  SIG: [type, u8, u8, u32, time, time, u16, name, base64],
  SMIMEA: [u8, u8, u8, hex],
  SOA: [name, name, u32, u32, u32, u32, u32],
  SPF: [texts],
  SRV: [u16, u16, u16, name],
  SSHFP: [u8, u8, upperHex],
  SVCB: [u16, name, parameters],
  TA: [u16, u8, u8, upperHex],
  TLSA: [u8, u8, u8, hex],
  TXT: [texts],
  URI: [u16, u16, octets],
  X25: [bare],
  ZONEMD: [u32, u8, u8, hex],
};

function* typeWindow(window: number, bits: Buffer): Generator<string> {
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) {
      if (byte & (0x80 >> bit)) yield typeName(window * 256 + index * 8 + bit);
    }
  }
}

const BASE32_HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

/** The alphabet of RFC 4648 that sorts as the bytes do, without padding. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const quintets = bits.match(/.{1,5}/g) ?? [];
  return quintets.map((quintet) => BASE32_HEX[Number.parseInt(quintet.padEnd(5, '0'), 2)]).join('');
}
