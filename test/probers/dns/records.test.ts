import { type Answer, encode } from 'dns-packet';
import { describe, expect, test, vi } from 'vitest';
import { decodeAnswer, encodeQuery } from '../../../src/probers/dns/message.ts';
import {
  className,
  classNumber,
  rcodeNumber,
  typeName,
  typeNumber,
} from '../../../src/probers/dns/numbers.ts';
import { encodeName, WireError, WireReader } from '../../../src/probers/dns/wire.ts';
import { fc } from '../../support/property.ts';

const query = encodeQuery({ name: 'x', type: 'A', class: 'IN', recursionDesired: true });
const questions = [{ name: 'x', type: 'A', class: 'IN' } as const];
const read = (bytes: Buffer) => decodeAnswer(bytes, query);

/** The answer to the query above, with this one record, whose data is written in hexadecimal. */
function withRecord(type: number, data: string, owner = '0178 00', klass = 1): Buffer {
  const bytes = Buffer.from(data.replaceAll(' ', ''), 'hex');
  const record = Buffer.concat([
    Buffer.from(owner.replaceAll(' ', ''), 'hex'),
    Buffer.from([type >> 8, type & 255, klass >> 8, klass & 255, 0, 0, 0, 60]),
    Buffer.from([bytes.length >> 8, bytes.length & 255]),
    bytes,
  ]);
  const start = Buffer.from(query.bytes);
  start.writeUInt16BE(0x8000, 2);
  start.writeUInt16BE(1, 6);
  return Buffer.concat([start, record]);
}

const textOf = (bytes: Buffer) => read(bytes)?.answers[0]?.text;
const dataOf = (bytes: Buffer) => textOf(bytes)?.split('\t').slice(4).join('\t');

describe('a record is printed as miekg/dns does it', () => {
  test('with owner, TTL, class and type, a tab after each', () => {
    expect(textOf(withRecord(1, 'c0000201'))).toBe('x.\t60\tIN\tA\t192.0.2.1');
  });

  test.each([
    ['A', 1, 'c0000201', '192.0.2.1'],
    ['AAAA', 28, '20010db8000000000000000000000001', '2001:db8::1'],
    ['AAAA', 28, '00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['AAAA', 28, '20010db8000100010001000100000001', '2001:db8:1:1:1:1:0:1'],
    ['AAAA', 28, '00000000000000000000000000000000', '::'],
    ['NS', 2, '0161 0162 00', 'a.b.'],
    ['CNAME', 5, '00', '.'],
    ['PTR', 12, '0161 c00c', 'a.x.'],
    ['DNAME', 39, '0161 00', 'a.'],
    [
      'SOA',
      6,
      '0161 00 03612e62 00 fffffffe 00000001 00000002 00000003 00000004',
      'a. a\\.b. 4294967294 1 2 3 4',
    ],
    ['MX', 15, '000a 0161 00', '10 a.'],
    [
      'TXT',
      16,
      '0161 00 0a 22 5c 3b 20 c3a4 07 7f 7e 2e',
      '"a" "" "\\"\\\\; \\195\\164\\007\\127~."',
    ],
    ['SRV', 33, '0001 0002 13c4 0161 00', '1 2 5060 a.'],
    ['CAA', 257, '80 05 6973737565 63612e6578616d706c65', '128 issue "ca.example"'],
    ['DS', 43, '3039 08 02 abcd', '12345 8 2 ABCD'],
    ['CDS', 59, '0000 00 00 00', '0 0 0 00'],
    ['DNSKEY', 48, '0101 03 0d 01020304', '257 3 13 AQIDBA=='],
    [
      'RRSIG',
      46,
      '0001 0d 03 00000e10 6955b900 67748580 3039 0161 00 01020304',
      'A 13 3 3600 20260101000000 20250101000000 12345 a. AQIDBA==',
    ],
    [
      'NSEC',
      47,
      `0161 00 0006 400100000003 041b ${'00'.repeat(26)}20`,
      'a. A MX RRSIG NSEC TYPE1234',
    ],
    ['NSEC', 47, '0161 00', 'a.'],
    ['NSEC3', 50, '01 01 000a 02 aabb 05 0001020304 0001 40', '1 1 10 AABB 000G40O4 A'],
    ['NSEC3PARAM', 51, '01 00 0000 00', '1 0 0 -'],
    ['TLSA', 52, '03 01 01 aabb', '3 1 1 aabb'],
    ['SSHFP', 44, '04 02 aabb', '4 2 AABB'],
    ['NAPTR', 35, '0064 000a 01 75 00 03 612262 00', '100 10 "u" "" "a\\"b" .'],
    ['HINFO', 13, '02 5043 05 4c696e7578', '"PC" "Linux"'],
    ['URI', 256, '000a 0001 61', '10 1 "a"'],
    ['HTTPS', 65, '0001 00 0001 0003 02 6832 0003 0002 20fb', '1 . alpn="h2" port="8443"'],
    ['HTTPS', 65, '0001 00 0001 0006 05 612c225c62', '1 . alpn="a\\\\\\044\\"\\\\\\092b"'],
    [
      'SVCB',
      64,
      '0001 0161 00 0000 0004 0001 02bc 0002 0000 0004 0004 c0000201 0005 0001 61 0006 0010 20010db8000000000000000000000001 02bc 0003 612062',
      '1 a. mandatory="alpn,key700" no-default-alpn="" ipv4hint="192.0.2.1" ech="YQ==" ipv6hint="2001:db8::1" key700="a\\ b"',
    ],
    ['EUI48', 108, '00005e00532a', '00-00-5e-00-53-2a'],
    ['CSYNC', 62, '00000042 0003 0004 60000008', '66 3 A NS AAAA'],
    ['A', 1, '', ''],
  ])('%s (%i), %s', (name, type, hex, text) => {
    expect(typeName(type)).toBe(name);
    expect(dataOf(withRecord(type, hex))).toBe(text);
  });

  test.each([
    [65_280, '0a000001', 'x.\t60\tCLASS1\tTYPE65280\t\\# 4 0a000001'],
    [65_280, '', 'x.\t60\tCLASS1\tTYPE65280\t\\# 0 '],
    [29, '00', 'x.\t60\tCLASS1\tTYPE29\t\\# 1 00'],
  ])('one of a type of unknown form, %i', (type, hex, text) => {
    expect(textOf(withRecord(type, hex))).toBe(text);
  });

  test.each([
    ['00', '.'],
    ['03 61 2e 62 00', 'a\\.b.'],
    ['08 20 27 40 3b 28 29 22 5c 00', '\\ \\\'\\@\\;\\(\\)\\"\\\\.'],
    ['05 00 1f 7f ff 41 00', '\\000\\031\\127\\255A.'],
  ])('with the owner %s escaped', (owner, text) => {
    expect(textOf(withRecord(1, 'c0000201', owner))?.split('\t')[0]).toBe(text);
  });

  test.each([
    [3, 'CH'],
    [254, 'NONE'],
    [255, 'CLASS255'],
    [0x8001, 'CLASS32769'],
  ])('with the class %i as %s', (klass, text) => {
    expect(textOf(withRecord(1, 'c0000201', '00', klass))?.split('\t')[2]).toBe(text);
  });
});

describe('a broken answer', () => {
  test.each([
    ['an address of five bytes', 1, 'c000020100', 'has a A record that is too long'],
    ['an address of three bytes', 1, 'c00002', 'ends in the middle'],
    ['a text longer than its record', 16, '0961', 'ends in the middle'],
    ['a name that points to itself', 2, 'c020', 'has a name that leads in a circle'],
    ['two names that point to each other', 14, 'c022 c020', 'has a name that leads in a circle'],
    ['a pointer beyond the end', 2, 'ffff', 'ends in the middle'],
    ['a label of an unknown kind', 2, '8000', 'has a label of an unknown kind'],
    ['a label that leads in a circle', 2, '026161 c020', 'has a name longer than 255 bytes'],
  ])('with %s is refused', (_what, type, hex, message) => {
    expect(() => read(withRecord(type, hex))).toThrow(new WireError(message));
  });

  test('that promises more records than it has holds what it has', () => {
    const bytes = withRecord(1, 'c0000201');
    bytes.writeUInt16BE(65_535, 6);
    bytes.writeUInt16BE(65_535, 8);
    expect(read(bytes)).toMatchObject({ answers: [{ type: 1 }], authorities: [], additionals: [] });
  });

  test('that ends in the middle of a record is refused', () => {
    const bytes = withRecord(1, 'c0000201');
    expect(() => read(bytes.subarray(0, -1))).toThrow('ends in the middle');
  });

  const records: Answer[] = [
    { name: 'x', type: 'A', data: '192.0.2.1' },
    { name: 'a.x', type: 'MX', data: { preference: 1, exchange: 'mail.x' } },
    { name: 'a.x', type: 'TXT', data: ['a', 'b'] },
    { name: 'x', type: 'NSEC', data: { nextDomain: 'b.x', rrtypes: ['A', 'MX', 'RRSIG'] } },
    { name: 'x', type: 'CAA', data: { flags: 0, tag: 'issue', value: 'ca' } },
  ];
  const whole = encode({
    type: 'response',
    id: query.id,
    questions: [...questions],
    answers: records,
    authorities: records,
    additionals: [...records, { name: '.', type: 'OPT', options: [] } as unknown as Answer],
  });

  test('never crashes and never hangs, whatever was done to it', () => {
    expect(read(whole)?.additionals).toHaveLength(6);
    const change = fc.tuple(
      fc.integer({ min: 2, max: whole.length - 1 }),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: whole.length }),
        fc.uint8Array({ maxLength: 40 }),
        (changes, end, tail) => {
          const bytes = Buffer.concat([whole.subarray(0, end), tail]);
          for (const [offset, byte] of changes) if (offset < bytes.length) bytes[offset] = byte;
          try {
            read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('of the largest size, all pointers, is read in no time worth mentioning', () => {
    const start = Buffer.from(query.bytes);
    start.writeUInt16BE(0x8000, 2);
    start.writeUInt16BE(65_535, 6);
    const labels = Buffer.from('0161'.repeat(126), 'hex');
    const big = Buffer.concat([start, labels, Buffer.from([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])]);
    const pointer = Buffer.from([0xc0, start.length, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    const bytes = Buffer.concat([big, ...new Array<Buffer>(5000).fill(pointer)]);
    expect(bytes.length).toBeGreaterThan(60_000);
    const startedAt = performance.now();
    expect(read(bytes)?.answers).toHaveLength(5001);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  describe('of the largest size, whose records all point to one name of many labels', () => {
    const count = 4600;
    const start = Buffer.from(query.bytes);
    start.writeUInt16BE(0x8000, 2);
    start.writeUInt16BE(count + 1, 6);
    const name = Buffer.from(`${'0107'.repeat(126)}00`, 'hex');
    const first = Buffer.concat([name, Buffer.from([0, 1, 0, 1, 0, 0, 0, 0, 0, 0])]);
    const pointer = [0xc0, start.length];
    const other = Buffer.from([...pointer, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, ...pointer]);
    const bytes = Buffer.concat([start, first, ...new Array<Buffer>(count).fill(other)]);
    const printed = '\\007.'.repeat(126);

    /** An answer like that, and how many single bytes of it were looked at so far. */
    const watched = () => {
      const message = Buffer.from(bytes);
      const looks = vi.spyOn(message, 'readUInt8');
      return { message, looks: () => looks.mock.calls.length };
    };

    test('is looked at once', () => {
      const { message, looks } = watched();
      expect(read(message)?.answers).toHaveLength(count + 1);
      expect(looks()).toBeLessThan(message.length);
    });

    test('is printed when that is asked for, the name once', () => {
      const { message, looks } = watched();
      const answers = read(message)?.answers ?? [];
      const before = looks();
      expect(answers.at(-1)?.text).toBe(`${printed}\t0\tIN\tNS\t${printed}`);
      expect(looks()).toBeGreaterThan(before);
      const after = looks();
      expect(new Set(answers.slice(1).map(({ text }) => text)).size).toBe(1);
      expect(looks()).toBe(after);
    });
  });

  test.each([
    ['3d', undefined],
    ['3e', 'has a name longer than 255 bytes'],
  ])('counts a name that is known already: behind a label of 0x%s bytes', (length, message) => {
    const label = (hex: string) => hex + '61'.repeat(Number.parseInt(hex, 16));
    const long = label('3f').repeat(3);
    // The owner of the record is known since the first name of its data pointed to it.
    const owner = `${long}00`;
    const data = `c013${label(length)}c013`;
    const decode = () => read(withRecord(14, data, owner));
    if (message) expect(decode).toThrow(new WireError(message));
    else expect(decode()?.answers).toHaveLength(1);
  });
});

describe('a name', () => {
  test.each([
    ['.', '00'],
    ['a', '016100'],
    ['a.', '016100'],
    ['a.bc', '016102626300'],
    ['a\\.b', '03612e6200'],
    ['a\\046b', '03612e6200'],
    ['\\\\', '015c00'],
    ['ä', '02c3a400'],
    ['\\ä', '02c3a400'],
    ['😀', '04f09f988000'],
  ])('%s goes over the wire as %s', (name, hex) => {
    expect(encodeName(name).toString('hex')).toBe(hex);
  });

  test('is the same after a way over the wire and back', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), (labels) => {
        const wire = Buffer.concat([
          ...labels.flatMap((bytes) => [Buffer.from([bytes.length]), bytes]),
          Buffer.from([0]),
        ]);
        expect(encodeName(new WireReader(wire).name())).toEqual(wire);
      }),
    );
  });
});

test('every type and class has a name that leads back to it', () => {
  for (let number = 0; number < 65_536; number++) {
    expect(typeNumber(typeName(number))).toBe(number);
    expect(classNumber(className(number))).toBe(number);
  }
  expect(classNumber('ANY')).toBe(255);
  expect(rcodeNumber('BADVERS')).toBe(16);
  expect(rcodeNumber('NOTIMPL')).toBe(4);
});
