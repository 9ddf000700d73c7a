import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { webConfigJsonSchema } from '../../src/config/json-schema/web-config.ts';
import { EXAMPLE_WEB_CONFIGURATIONS } from '../support/own-configurations.ts';
import { schemaChecker } from '../support/schema-checker.ts';
import { fixturesOf } from '../support/web-config-fixtures.ts';

/** The mistakes that only the program finds, each with the kind of thing that no schema can know. */
const FOUND_BY_THE_PROGRAM: Readonly<Record<string, string>> = {
  'cert-and-key-path-invalid.yml': 'files',
  'cert-empty.yml': 'certificates',
  'cert-junk.yml': 'certificates',
  'cert-path-directory.yml': 'files',
  'cert-path-empty.yml': 'files',
  'cert-path-invalid.yml': 'files',
  'cipher-without-http2.yml': 'contradictions',
  'ciphers-of-tls13-only.yml': 'contradictions',
  'client-auth-without-ca.yml': 'contradictions',
  'client-ca-junk.yml': 'certificates',
  'client-ca-missing.yml': 'contradictions',
  'client-ca-without-policy.yml': 'contradictions',
  'client-sans-unverified.yml': 'contradictions',
  'inline-and-file.yml': 'contradictions',
  'key-empty.yml': 'certificates',
  'key-inline-junk.yml': 'certificates',
  'key-junk.yml': 'certificates',
  'key-of-another.yml': 'certificates',
  'key-path-empty.yml': 'files',
  'key-path-invalid.yml': 'files',
  'max-version-below-default.yml': 'contradictions',
  'tls-without-certificate.yml': 'contradictions',
  'user-called-proto.yml': 'names',
  'versions-reversed.yml': 'contradictions',
};

const shown = schemaChecker(webConfigJsonSchema());
const fixture = (kind: string, file: string) =>
  readFileSync(join('test/web-config', kind, file), 'utf8');

describe('the schema of the web configuration takes what the program takes:', () => {
  test.each(fixturesOf('good'))('%s', (file) => {
    expect(shown(fixture('good', file))).toBe('');
  });

  test.each(EXAMPLE_WEB_CONFIGURATIONS)('%s', (path) => {
    expect(shown(readFileSync(path, 'utf8'))).toBe('');
  });
});

describe('the schema of the web configuration refuses what the program refuses:', () => {
  test.each(fixturesOf('bad'))('%s', (file) => {
    const isLeftToTheProgram = shown(fixture('bad', file)) === '';
    expect(isLeftToTheProgram).toBe(FOUND_BY_THE_PROGRAM[file] !== undefined);
  });
});
