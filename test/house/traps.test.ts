import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './source-files.ts';

/** Traps of timeouts, of Node.js, of HTTP, and of TCP, TLS, DNS, ICMP and gRPC. */
const TRAPS = Array.from({ length: 36 }, (_, index) => index + 1);

const TITLE = /['"`]trap (?<number>\d+): \S/g;

test('every known trap has a test that begins with its number', () => {
  const numbers = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(ROOT, 'test', file), 'utf8').matchAll(TITLE)])
    .map(({ groups }) => Number(groups?.number));
  const shown = new Set(numbers);
  expect(TRAPS.filter((trap) => !shown.has(trap))).toEqual([]);
});
