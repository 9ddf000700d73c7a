import { expect, test } from 'vitest';
import { textOptions } from '../support/secret-options.ts';

// Text that may be shown, by the end of its place. What is neither here nor a secret after parsing fails the test: who
// adds an option says which of the two it is.
const PUBLIC = [
  ...['ca', 'ca_file', 'cert', 'cert_file', 'key_file', 'server_name'],
  ...[
    'username',
    'username_file',
    'password_file',
    'type',
    'credentials_file',
    'bearer_token_file',
  ],
  ...[
    'client_id',
    'client_secret_file',
    'client_certificate_key_file',
    'client_certificate_key_id',
  ],
  ...['iss', 'audience', 'scopes.[]', 'no_proxy', 'files.[]', 'body_file'],
  ...['valid_http_versions.[]', 'method', 'header', 'regexp', 'body_size_limit'],
  ...['expect', 'expect_bytes', 'labels.[].name', 'labels.[].value'],
  ...['source_ip_address', 'service', 'query_name', 'query_type', 'query_class', 'valid_rcodes.[]'],
  ...['interval'],
];

const isPublic = (path: string) =>
  PUBLIC.some((end) => path === end || path.endsWith(`.${end}`)) ||
  /^fail_if_|\.fail_if_/.test(path);

test('every option that takes text is a secret, or known to be none', () => {
  const unknown = textOptions().filter(({ path, secret }) => !secret && !isPublic(path));
  expect(unknown.map(({ prober, path }) => `${prober}: ${path}`)).toEqual([]);
});

test('every inline secret that a file can hold instead stands beside its file', () => {
  const paths = new Set(textOptions().map(({ prober, path }) => `${prober}.${path}`));
  const files = [...paths].filter((path) => path.endsWith('_file'));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((path) => !paths.has(path.replace(/_file$/, '')))).toEqual([]);
});
