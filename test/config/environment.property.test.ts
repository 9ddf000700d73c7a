import { inspect } from 'node:util';
import { dump } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';
import type { Secret } from '../../src/lib/secret.ts';
import { fc, runs } from '../support/property.ts';

describe('whatever stands in a variable, and wherever it is named,', () => {
  const KEYS = [
    'name',
    'target',
    'module',
    'prober',
    'timeout',
    'labels',
    'http',
    'tcp',
    'concurrency',
    'checks',
    'modules',
    'headers',
    'query_response',
    'oauth2',
    'claims',
    'tls_config',
    'valid_status_codes',
    '<<',
  ];
  const leaf = fc.constantFrom('${A}', 'x${A}', '$${A}${A}', 'http', 'tcp', 1, null, true);
  const { document } = fc.letrec((tie) => ({
    document: fc.dictionary(fc.constantFrom(...KEYS), tie('node'), { maxKeys: 6 }),
    node: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.array(tie('node'), { maxLength: 4 }),
      tie('document'),
    ),
  }));
  // In base64, so that no message says a part of it by chance.
  const value = fc
    .string({ unit: 'binary', minLength: 6 })
    .map((text) => `canary${Buffer.from(text).toString('base64')}`);

  test('the file is loaded, or refused without a word of it', () => {
    fc.assert(
      fc.property(document, value, (content, A) => {
        const text = dump(content);
        try {
          parseConfig({ file: 'f.yml', text }, { A });
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
        }
      }),
      { numRuns: runs(200) },
    );
  });

  test('it does not change what the file is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (A) => {
        const text = 'modules: {m: {prober: http, http: {body: "<${A}>"}}}';
        const { modules } = parseConfig({ file: 'f.yml', text }, { A });
        const options = modules.get('m')?.options as { body: Secret } | undefined;
        expect(options?.body.reveal()).toBe(`<${A}>`);
      }),
      { numRuns: runs(100) },
    );
  });
});
