import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CIPHERS, CLIENT_AUTH_TYPES, TLS13_CIPHERS } from '../../src/config/web/names.ts';
import {
  httpSchema,
  rateLimitSchema,
  tlsSchema,
  webFileSchema,
} from '../../src/config/web/schema.ts';

const page = readFileSync('docs/tls-and-authentication.md', 'utf8');
const headers = Object.keys(httpSchema.shape.headers.unwrap().shape);

/** The names in the first column of the tables below a heading. */
function rowsBelow(heading: string): string[] {
  const [, part = ''] = page.split(`### \`${heading}\`\n`);
  const [section = ''] = part.split(/^##/m);
  return [...section.matchAll(/^\| (?<names>`[^|]+`) \|/gm)].flatMap(({ groups }) =>
    [...(groups?.names ?? '').matchAll(/`(?<name>[^`]+)`/g)].map(
      (found) => found.groups?.name ?? '',
    ),
  );
}

test('the page has a row for every key, and for no other', () => {
  expect(rowsBelow('tls_server_config').sort()).toEqual(
    [...Object.keys(tlsSchema.shape), ...CLIENT_AUTH_TYPES, 'client_auth_type'].sort(),
  );
  expect(rowsBelow('http_server_config')).toEqual([
    ...Object.keys(httpSchema.shape),
    ...headers.map((name) => `headers.${name}`),
  ]);
  expect(rowsBelow('rate_limit')).toEqual(Object.keys(rateLimitSchema.shape));
});

test('the page has a heading for every block', () => {
  const headings = [...page.matchAll(/^### `(?<name>\w+)`$/gm)].map(({ groups }) => groups?.name);
  expect(headings).toEqual(Object.keys(webFileSchema.shape));
});

test('the page names every cipher, in one way or another', () => {
  const suffixes = Object.keys(CIPHERS).map((name) => name.replace(/^TLS_ECDHE_[A-Z]+_WITH_/, ''));
  expect(suffixes.filter((suffix) => !page.includes(`\`${suffix}\``))).toEqual([]);
  expect(TLS13_CIPHERS).toHaveLength(3);
});
