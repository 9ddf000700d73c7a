import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';

const secret = new Secret('correct-horse');

test('a secret is given out by its name alone', () => {
  expect(secret.reveal()).toBe('correct-horse');
});

test.each<[how: string, printed: () => string]>([
  ['as text', () => `${secret}`],
  ['as JSON', () => JSON.stringify({ secret })],
  ['by inspection', () => inspect({ secret }, { showHidden: true, depth: 9 })],
  ['by a format', () => format('%s %o %j %O', secret, secret, secret, secret)],
  ['added to text', () => `x${String(secret)}`],
  ['as the message of an error', () => String(new Error(String(secret)))],
  ['spread', () => JSON.stringify({ ...secret })],
  ['by its keys', () => Reflect.ownKeys(secret).join()],
])('a secret is not printed %s', (_, printed) => {
  expect(printed()).not.toContain('correct-horse');
});

test('a secret says that it is one', () => {
  expect(JSON.stringify([secret])).toBe('["<secret>"]');
  expect(inspect(secret)).toBe('<secret>');
});

test('a secret is not copied into another thread', () => {
  expect(JSON.stringify(structuredClone(secret))).not.toContain('correct-horse');
});
