import { addressBytes } from '../../probers/shared/address.ts';
import type { Address } from '../../probers/shared/gate.ts';

/** An address and what it stands for, each as its 4 or 16 bytes. */
export interface AddressForms {
  /** What may not be reached is looked for among these: the address itself and every IPv4 address it may lead to. */
  readonly all: readonly (readonly number[])[];
  /** What is allowed is looked for among these: the address itself and the IPv4 address it stands for beyond doubt. */
  readonly certain: readonly (readonly number[])[];
}

/** Decodes the ways in which an IPv6 address holds an IPv4 address. The zone of an address means nothing here. */
export function addressForms(address: Address): AddressForms {
  const bytes = addressBytes(address);
  if (bytes.length === 4) return { all: [bytes], certain: [bytes] };
  const held = EMBEDDINGS.filter(({ applies }) => applies(bytes));
  const decode = (embeddings: typeof held) =>
    embeddings.flatMap(({ at }) => at.map((places) => places.map((place) => bytes[place] ?? 0)));
  const teredo = startsWith(bytes, [0x20, 0x01, 0, 0])
    ? [bytes.slice(12).map((byte) => byte ^ 0xff)]
    : [];
  return {
    all: [bytes, ...decode(held), ...teredo],
    certain: [bytes, ...decode(held.filter(({ isCertain }) => isCertain))],
  };
}

interface Embedding {
  readonly applies: (bytes: readonly number[]) => boolean;
  /** Where the four bytes may stand. */
  readonly at: readonly (readonly number[])[];
  /** Whether the system, or every network that uses it, takes the address for that IPv4 address. */
  readonly isCertain: boolean;
}

const LAST = [12, 13, 14, 15];
const zeros = (count: number) => new Array<number>(count).fill(0);
const begins =
  (...prefix: number[]) =>
  (bytes: readonly number[]) =>
    startsWith(bytes, prefix);

const EMBEDDINGS: readonly Embedding[] = [
  // IPv4-mapped, RFC 4291, 2.5.5.2: the system speaks IPv4.
  { applies: begins(...zeros(10), 0xff, 0xff), at: [LAST], isCertain: true },
  // IPv4-compatible, RFC 4291, 2.5.5.1, but for :: and ::1.
  {
    applies: (bytes) =>
      startsWith(bytes, zeros(12)) && (bytes.slice(12, 15).some(Boolean) || (bytes[15] ?? 0) > 1),
    at: [LAST],
    isCertain: false,
  },
  // IPv4-translated, RFC 2765.
  { applies: begins(...zeros(8), 0xff, 0xff, 0, 0), at: [LAST], isCertain: false },
  // NAT64, RFC 6052: the well-known prefix.
  { applies: begins(0, 0x64, 0xff, 0x9b, ...zeros(8)), at: [LAST], isCertain: true },
  // NAT64 for local use, RFC 8215: prefixes of every length within it, RFC 6052, 2.2.
  {
    applies: begins(0, 0x64, 0xff, 0x9b, 0, 1),
    at: [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], LAST],
    isCertain: false,
  },
  // 6to4, RFC 3056.
  { applies: begins(0x20, 0x02), at: [[2, 3, 4, 5]], isCertain: false },
  // Teredo, RFC 4380: its server; the client stands inverted.
  { applies: begins(0x20, 0x01, 0, 0), at: [[4, 5, 6, 7]], isCertain: false },
  // ISATAP, RFC 5214, 6.1.
  {
    applies: (bytes) =>
      ((bytes[8] ?? 0) & 0xfd) === 0 && startsWith(bytes.slice(9), [0, 0x5e, 0xfe]),
    at: [LAST],
    isCertain: false,
  },
];

function startsWith(bytes: readonly number[], prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
