/** A message, or a name, that breaks the rules of RFC 1035. The sentence ends `the answer …`. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
// A name of 255 bytes has no more labels, and a pointer that leads to no label leads in a circle.
const MAX_POINTERS = 126;

/** A name that was read: how long it is, in labels and in pointers, and how to print it. */
interface ReadName {
  readonly bytes: number;
  readonly pointers: number;
  readonly text: () => string;
}

const ROOT: ReadName = { bytes: 0, pointers: 0, text: () => '' };

/** Reads a message from front to back. Whatever the bytes are, it ends, and never reads beyond `end`. */
export class WireReader {
  readonly #bytes: Buffer;
  #offset: number;
  readonly #end: number;
  /** By offset, the names of the message that a pointer has led to: the next one to lead there costs nothing. */
  readonly #names: Map<number, ReadName>;

  constructor(bytes: Buffer, offset = 0, end = bytes.length, names = new Map<number, ReadName>()) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
    this.#names = names;
  }

  /** How much is left. */
  get left(): number {
    return this.#end - this.#offset;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4));
  }

  take(length: number): Buffer {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next bytes alone, where names may still point to anything before. */
  part(length: number): WireReader {
    const start = this.#skip(length);
    return new WireReader(this.#bytes, start, start + length, this.#names);
  }

  /** A domain name as text: absolute, escaped as in a zone file. */
  name(): string {
    return this.unprintedName()();
  }

  /** Reads a domain name; the text, as of {@link name}, is only made where it is called for. */
  unprintedName(): () => string {
    const { text } = this.#name(0, 0);
    return () => text() || '.';
  }

  /** The rest of a name, with what was before it. */
  #name(bytesBefore: number, pointersBefore: number): ReadName {
    const start = this.#offset;
    for (;;) {
      const labelStart = this.#offset;
      const bytes = labelStart - start;
      const length = this.u8();
      if (length === 0) return this.#named(start, labelStart, ROOT);
      if (length > MAX_LABEL_BYTES) {
        if (length < 0xc0) throw new WireError('has a label of an unknown kind');
        const target = (length & 0x3f) * 256 + this.u8();
        const rest = this.#pointedTo(target, bytesBefore + bytes, pointersBefore + 1);
        return this.#named(start, labelStart, { ...rest, pointers: rest.pointers + 1 });
      }
      assertLength(bytesBefore + bytes + length + 1);
      this.#skip(length);
    }
  }

  #pointedTo(offset: number, bytesBefore: number, pointers: number): ReadName {
    assertPointers(pointers);
    const known = this.#names.get(offset);
    if (known) {
      assertPointers(pointers + known.pointers);
      assertLength(bytesBefore + known.bytes);
      return known;
    }
    const reader = new WireReader(this.#bytes, offset, this.#bytes.length, this.#names);
    const name = reader.#name(bytesBefore, pointers);
    this.#names.set(offset, name);
    return name;
  }

  #named(start: number, end: number, rest: ReadName): ReadName {
    let printed: string | undefined;
    const text = () => {
      printed ??= this.#labels(start, end) + rest.text();
      return printed;
    };
    return { bytes: end - start + rest.bytes, pointers: rest.pointers, text };
  }

  #labels(start: number, end: number): string {
    const text: (string | undefined)[] = [];
    for (let offset = start; offset < end; ) {
      const length = this.#bytes.readUInt8(offset);
      const next = offset + 1 + length;
      for (offset += 1; offset < next; offset++) text.push(LABEL[this.#bytes.readUInt8(offset)]);
      text.push('.');
    }
    return text.join('');
  }

  #skip(length: number): number {
    const start = this.#offset;
    if (length > this.left) throw new WireError('ends in the middle');
    this.#offset += length;
    return start;
  }
}

/** Takes the length of all labels, to which the last, empty one still comes. */
function assertLength(bytes: number): void {
  if (bytes >= MAX_NAME_BYTES) throw new WireError('has a name longer than 255 bytes');
}

function assertPointers(pointers: number): void {
  if (pointers > MAX_POINTERS) throw new WireError('has a name that leads in a circle');
}

/** What to write for each of the 256 bytes. */
export type Escapes = readonly string[];

/** What matches gets a backslash, what cannot be seen its number: `\.`, `\007`. */
export function escapes(special: RegExp): Escapes {
  return Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`;
    return special.test(character) ? `\\${character}` : character;
  });
}

// What has a meaning in names of zone files.
const LABEL = escapes(/[. '@;()"\\]/);

/** Bytes as text, one character a byte but for what is escaped. */
export function escaped(bytes: Buffer, by: Escapes): string {
  return Array.from(bytes, (byte) => by[byte]).join('');
}

const CHARACTER = /\\(?<number>\d{3})|\\(?<escaped>[^\d])|(?<plain>[^\\])/suy;

/**
 * A name in the form of the wire. Text may be escaped as in a zone file; other characters are UTF-8.
 *
 * @throws {WireError} where it is no name, as the end of the sentence `query_name …`.
 */
export function encodeName(text: string): Buffer {
  const labels = text === '.' ? [] : splitLabels(text);
  for (const label of labels) {
    if (label.length === 0) throw new WireError('has an empty label');
    if (label.length > MAX_LABEL_BYTES) throw new WireError('has a label longer than 63 bytes');
  }
  const wire = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  const name = Buffer.concat([...wire, Buffer.from([0])]);
  if (name.length > MAX_NAME_BYTES) throw new WireError('is longer than 255 bytes');
  return name;
}

function splitLabels(text: string): Buffer[] {
  const labels: Buffer[][] = [[]];
  let offset = 0;
  while (offset < text.length) {
    CHARACTER.lastIndex = offset;
    const match = CHARACTER.exec(text);
    const byte = Number(match?.groups?.number ?? 0);
    if (!match || byte > 255) throw new WireError('has a bad escape');
    offset += match[0].length;
    if (match[0] === '.') labels.push([]);
    else labels.at(-1)?.push(characterBytes(match));
  }
  if (labels.length > 1 && labels.at(-1)?.length === 0) labels.pop();
  return labels.map((label) => Buffer.concat(label));
}

function characterBytes({ groups = {} }: RegExpExecArray): Buffer {
  if (groups.number !== undefined) return Buffer.from([Number(groups.number)]);
  return Buffer.from(groups.escaped ?? groups.plain ?? '');
}
