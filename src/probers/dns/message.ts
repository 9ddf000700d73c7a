import { randomInt } from 'node:crypto';
import { classNumber, typeNumber } from './numbers.ts';
import { type DnsRecord, readRecord } from './record.ts';
import { encodeName, WireError, WireReader } from './wire.ts';

/** What to ask. */
export interface DnsQuestion {
  /** Absolute, as in a zone file; the last dot may be missing. */
  readonly name: string;
  /** `MX`, `TYPE123` */
  readonly type: string;
  /** `IN`, `CLASS123` */
  readonly class: string;
  readonly recursionDesired: boolean;
}

/** A question as it goes over the wire. */
export interface DnsQuery {
  readonly id: number;
  readonly bytes: Buffer;
}

/** An answer, read to its end. */
export interface DnsAnswer {
  /** With the upper bits of EDNS, where those came. */
  readonly rcode: number;
  /** Whether the server had more to say than fits. */
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

const HEADER_BYTES = 12;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;

/** Writes a query without EDNS, with an id nobody can guess. Throws {@link WireError} for what cannot be asked. */
export function encodeQuery({ name, type, class: klass, recursionDesired }: DnsQuestion): DnsQuery {
  const id = randomInt(0x10000);
  const flags = recursionDesired ? RECURSION_DESIRED : 0;
  const kind = words(known(typeNumber(type)), known(classNumber(klass)));
  const bytes = Buffer.concat([words(id, flags, 1, 0, 0, 0), encodeName(name), kind]);
  return { id, bytes };
}

function known(number: number | undefined): number {
  if (number === undefined) throw new WireError('has a type or a class that is not known');
  return number;
}

function words(...numbers: number[]): Buffer {
  return Buffer.from(numbers.flatMap((number) => [number >> 8, number & 0xff]));
}

/**
 * Reads an answer.
 *
 * @returns `undefined` where the message is no answer to this query: another id, another question, or no answer.
 * @throws {WireError} where it has the id of this query, but cannot be read.
 */
export function decodeAnswer(bytes: Buffer, query: DnsQuery): DnsAnswer | undefined {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== query.id) return undefined;
  if (bytes.length < HEADER_BYTES) throw new WireError('is shorter than a header');
  const reader = new WireReader(bytes);
  reader.u16();
  const flags = reader.u16();
  if (!(flags & RESPONSE)) return undefined;
  const [questions, answers, authorities, additionals] = [
    reader.u16(),
    reader.u16(),
    reader.u16(),
    reader.u16(),
  ];
  if (!asksTheSame(reader, questions, query)) return undefined;
  const sections = {
    answers: readRecords(reader, answers),
    authorities: readRecords(reader, authorities),
    additionals: readRecords(reader, additionals),
  };
  const extended = sections.additionals.find(({ extendedRcode }) => extendedRcode !== undefined);
  return {
    rcode: (flags & 0xf) | ((extended?.extendedRcode ?? 0) << 4),
    truncated: (flags & TRUNCATED) !== 0,
    ...sections,
  };
}

/** A server that refuses may leave out the question: what is not said cannot be wrong. */
function asksTheSame(reader: WireReader, count: number, query: DnsQuery): boolean {
  const asked = readQuestion(new WireReader(query.bytes, HEADER_BYTES));
  for (let index = 0; index < count && reader.left > 0; index++) {
    if (readQuestion(reader) !== asked) return false;
  }
  return true;
}

function readQuestion(reader: WireReader): string {
  return `${reader.name().toLowerCase()} ${reader.u16()} ${reader.u16()}`;
}

/** A message that ends between two records has as many as it has, whatever its header says. */
function readRecords(reader: WireReader, count: number): DnsRecord[] {
  const records: DnsRecord[] = [];
  while (records.length < count && reader.left > 0) records.push(readRecord(reader));
  return records;
}
