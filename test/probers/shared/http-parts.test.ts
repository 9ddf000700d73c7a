import { describe, expect, test } from 'vitest';
import { acceptsEncoding } from '../../../src/probers/http/body.ts';

describe('an Accept-Encoding header', () => {
  test.each([
    ['gzip', 'gzip', true],
    ['br, gzip', 'gzip', true],
    ['br;q=1.0, GZIP;q=0.5', 'gzip', true],
    ['*', 'gzip', true],
    ['br, *;q=0.1', 'gzip', true],
    ['gzip;q=0', 'gzip', false],
    ['*;q=0', 'gzip', false],
    ['gzip;q=0, *', 'gzip', false],
    ['br', 'gzip', false],
    ['', 'gzip', true],
    ['br', '', true],
    ['br', 'identity', true],
    ['identity;q=0', 'identity', false],
    // blackbox_exporter's own cases, as far as they are others.
    ['gzip', '', true],
    ['gzip;q=1.0', 'gzip', true],
    ['gzip, compress', 'gzip', true],
    ['compress, gzip', 'gzip', true],
    ['gzip, compress', 'br', false],
    ['gzip, compress, *', 'br', true],
    ['gzip, compress, *;q=0.1', 'br', true],
    ['gzip, compress, br;q=0.0', 'br', false],
    ['gzip, compress, *;q=0.0', 'br', false],
    ['gzip;q=1.0, compress;q=0.5, br;q=0.1, *;q=0.0', 'br', true],
    ['*;q=0.0, compress;q=0.5, br;q=0.1, gzip;q=1.0', 'br', true],
    [' gzip;q=1.0, compress; q=0.5, br;q=0.1, *; q=0.0 ', 'br', true],
  ])('%j accepts %j: %s', (header, compression, accepted) => {
    expect(acceptsEncoding(header, compression)).toBe(accepted);
  });
});
