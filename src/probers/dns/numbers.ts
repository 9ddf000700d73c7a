// The names are those that miekg/dns, and with it blackbox_exporter, knows.
const TYPES = numbered(`
  1 A, 2 NS, 3 MD, 4 MF, 5 CNAME, 6 SOA, 7 MB, 8 MG, 9 MR, 10 NULL, 12 PTR, 13 HINFO, 14 MINFO, 15 MX, 16 TXT,
  17 RP, 18 AFSDB, 19 X25, 20 ISDN, 21 RT, 23 NSAP-PTR, 24 SIG, 25 KEY, 26 PX, 27 GPOS, 28 AAAA, 29 LOC, 30 NXT,
  31 EID, 32 NIMLOC, 33 SRV, 34 ATMA, 35 NAPTR, 36 KX, 37 CERT, 39 DNAME, 41 OPT, 42 APL, 43 DS, 44 SSHFP,
  45 IPSECKEY, 46 RRSIG, 47 NSEC, 48 DNSKEY, 49 DHCID, 50 NSEC3, 51 NSEC3PARAM, 52 TLSA, 53 SMIMEA, 55 HIP,
  56 NINFO, 57 RKEY, 58 TALINK, 59 CDS, 60 CDNSKEY, 61 OPENPGPKEY, 62 CSYNC, 63 ZONEMD, 64 SVCB, 65 HTTPS, 99 SPF,
  100 UINFO, 101 UID, 102 GID, 103 UNSPEC, 104 NID, 105 L32, 106 L64, 107 LP, 108 EUI48, 109 EUI64, 128 NXNAME,
  249 TKEY, 250 TSIG, 251 IXFR, 252 AXFR, 253 MAILB, 254 MAILA, 255 ANY, 256 URI, 257 CAA, 258 AVC, 260 AMTRELAY,
  261 RESINFO, 32768 TA, 32769 DLV, 0 None, 65535 Reserved`);

const CLASSES = numbered('1 IN, 2 CS, 3 CH, 4 HS, 254 NONE, 255 ANY');

const RCODES = numbered(`
  0 NOERROR, 1 FORMERR, 2 SERVFAIL, 3 NXDOMAIN, 4 NOTIMP, 5 REFUSED, 6 YXDOMAIN, 7 YXRRSET, 8 NXRRSET, 9 NOTAUTH,
  10 NOTZONE, 11 DSOTYPENI, 16 BADSIG, 17 BADKEY, 18 BADTIME, 19 BADMODE, 20 BADNAME, 21 BADALG, 22 BADTRUNC,
  23 BADCOOKIE`);
const RCODE_SYNONYMS: ReadonlyMap<string, number> = new Map([
  ['BADVERS', 16],
  ['NOTIMPL', 4],
]);

/** The number of a record type: `MX`, or `TYPE123` for one without a name. */
export function typeNumber(name: string): number | undefined {
  return TYPES.numbers.get(name) ?? generic('TYPE', name);
}

/** The name of a record type, `TYPE123` where it has none. */
export function typeName(type: number): string {
  return TYPES.names.get(type) ?? `TYPE${type}`;
}

/** The number of a class: `IN`, or `CLASS123` for one without a name. */
export function classNumber(name: string): number | undefined {
  return CLASSES.numbers.get(name) ?? generic('CLASS', name);
}

/** The name of a class as it stands in a record: `ANY` would be taken for a type. */
export function className(number: number): string {
  const name = CLASSES.names.get(number);
  return name === undefined || name === 'ANY' ? `CLASS${number}` : name;
}

/** The number of a response code. */
export function rcodeNumber(name: string): number | undefined {
  return RCODES.numbers.get(name) ?? RCODE_SYNONYMS.get(name);
}

/** The name of a response code, `RCODE12` where it has none. */
export function rcodeName(rcode: number): string {
  return RCODES.names.get(rcode) ?? `RCODE${rcode}`;
}

/** What may stand where a response code is expected. */
export const RCODE_NAMES: readonly string[] = [...RCODES.numbers.keys(), ...RCODE_SYNONYMS.keys()];

/** What may stand where a record type is expected. */
export const TYPE_NAMES: readonly string[] = [...TYPES.numbers.keys()];

/** What may stand where a class is expected. */
export const CLASS_NAMES: readonly string[] = [...CLASSES.numbers.keys()];

function numbered(list: string) {
  const pairs = list.split(',').map((pair): [string, number] => {
    const [number, name = ''] = pair.trim().split(' ');
    return [name, Number(number)];
  });
  return {
    numbers: new Map(pairs),
    names: new Map(pairs.map(([name, number]): [number, string] => [number, name])),
  };
}

/** RFC 3597: any number can be written, whether it has a name or not. */
function generic(prefix: string, name: string): number | undefined {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  const number = /^\d{1,5}$/.test(digits) ? Number(digits) : Number.NaN;
  return number <= 65_535 ? number : undefined;
}
