import { type Answer, encode, type Question } from 'dns-packet';
import { decodeAnswer, encodeQuery } from '../../../src/probers/dns/message.ts';
import { WireError } from '../../../src/probers/dns/wire.ts';

const CASES = 100_000;
const SEED = 0x5eed;

/** Answers of a name server with bytes changed, cut off and put in. */
export const scenario = {
  name: 'dns-packets',
  proof: [12],
  title:
    'a malformed DNS answer is refused with a sentence, or not heard, and never crashes or hangs',
  run: async (scale: number) => {
    const cases = Math.max(1, Math.round(CASES * scale));
    const random = mulberry32(SEED);
    const query = encodeQuery(QUESTION);
    const answer = wholeAnswer(query.bytes.readUInt16BE(0));
    const figures = { cases, understood: 0, 'not heard': 0, refused: 0, 'slowest, ms': 0 };
    for (let count = 0; count < cases; count++) {
      const bytes = mutated(answer, random);
      const startedAt = performance.now();
      figures[verdict(bytes, query)]++;
      figures['slowest, ms'] = Math.max(figures['slowest, ms'], performance.now() - startedAt);
    }
    figures['slowest, ms'] = Math.round(figures['slowest, ms'] * 10) / 10;
    return { figures };
  },
};

const QUESTION = { name: 'a.example', type: 'ANY', class: 'IN', recursionDesired: true } as const;

function verdict(bytes: Buffer, query: ReturnType<typeof encodeQuery>) {
  try {
    const answer = decodeAnswer(bytes, query);
    if (!answer) return 'not heard';
    // Their text is made when it is asked for.
    for (const { text } of [...answer.answers, ...answer.authorities]) void text;
    return 'understood';
  } catch (error) {
    if (error instanceof WireError) return 'refused';
    throw new Error(`${bytes.toString('hex')}: ${String(error)}`, { cause: error });
  }
}

/** Every kind of record that is read, with names that point into each other. */
function wholeAnswer(id: number): Buffer {
  const name = 'a.example';
  const answers: Answer[] = [
    { type: 'A', name, data: '192.0.2.1' },
    { type: 'AAAA', name, data: '2001:db8::1' },
    { type: 'CNAME', name, data: 'b.a.example' },
    { type: 'MX', name, data: { preference: 1, exchange: 'mx.a.example' } },
    { type: 'TXT', name, data: ['one', 'two'] },
    { type: 'SRV', name, data: { port: 1, target: 'srv.a.example' } },
    { type: 'CAA', name, data: { flags: 0, tag: 'issue', value: 'ca.example' } },
  ];
  const questions = [{ name, type: 'ANY', class: 'IN' } as unknown as Question];
  return Buffer.from(encode({ type: 'response', id, questions, answers }));
}

/** Up to eight changes; the id stays, or nothing of it would be read. */
function mutated(whole: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(whole);
  const at = (length: number) => Math.min(length - 1, 2 + Math.floor(random() * (length - 2)));
  for (let changes = Math.floor(random() * 8); changes >= 0 && bytes.length > 3; changes--) {
    const place = at(bytes.length);
    const kind = random();
    if (kind < 0.6) bytes[place] = Math.floor(random() * 256);
    else if (kind < 0.75) bytes.writeUInt8(0xc0 | Math.floor(random() * 4), place);
    else if (kind < 0.85) bytes = bytes.subarray(0, place);
    else bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(at(bytes.length))]);
  }
  return bytes;
}

/** Numbers from 0 to 1, the same in every run. The algorithm is known under this name. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
