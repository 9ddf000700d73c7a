import { describe, expect, test } from 'vitest';
import { acceptsGzip, negotiateFormat } from '../../src/web/negotiate.ts';
import { fc, runs } from '../support/property.ts';

const OPENMETRICS = 'application/openmetrics-text';
/** What stands in headers of Prometheus, browsers and others, whole and in pieces. */
const PIECES = [
  ...[OPENMETRICS, `${OPENMETRICS};version=1.0.0`, `${OPENMETRICS};version=0.0.1`, 'text/plain'],
  ...['text/plain;version=0.0.4', 'text/plain;version=1.0.0', '*/*', 'text/*', 'application/json'],
  ...['application/vnd.google.protobuf;encoding=delimited', ';escaping=allow-utf-8', ';q=0.5'],
  ...[';q=2', ';q=-1', ';q=NaN', ';q=', ';q=1e309', ';Q=0.1', ';version', ';', ',', '=', '"', ' '],
  ...['gzip', 'identity', 'br', '*', 'GZIP', 'x-gzip'],
];
const anyHeader = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })), { maxLength: 12 })
    .map((all) => all.join('')),
);
const quality = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);

describe('whatever the header', () => {
  test('Accept is answered with one of the two formats', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        expect(['text', 'openmetrics']).toContain(negotiateFormat(header));
      }),
      { numRuns: runs(500) },
    );
  });

  test('Accept gets OpenMetrics only where it names it', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        const isNamed = header.toLowerCase().includes(OPENMETRICS);
        if (!isNamed) expect(negotiateFormat(header)).toBe('text');
      }),
    );
  });

  test('Accept-Encoding allows gzip or does not', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        const isNamed = /gzip|\*/i.test(header);
        if (!isNamed) expect(acceptsGzip(header)).toBe(false);
        else expect(typeof acceptsGzip(header)).toBe('boolean');
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('what is wanted more is not given less:', () => {
  const others = fc.array(
    fc.constantFrom(
      '*/*;q=0.2',
      'application/json',
      `${OPENMETRICS};version=0.0.1`,
      'text/html;q=0.9',
    ),
    { maxLength: 3 },
  );

  test('a higher quality of one format never makes the answer the other one', () => {
    fc.assert(
      fc.property(quality, quality, quality, others, (openmetrics, text, higher, more) => {
        const header = (om: number, plain: number) =>
          [
            `${OPENMETRICS};version=1.0.0;q=${om}`,
            `text/plain;version=0.0.4;q=${plain}`,
            ...more,
          ].join();
        const before = negotiateFormat(header(openmetrics, text));
        const raised = before === 'openmetrics' ? openmetrics + higher : text + higher;
        const after = before === 'openmetrics' ? header(raised, text) : header(openmetrics, raised);
        expect(negotiateFormat(after)).toBe(before);
      }),
    );
  });

  test('the order of the elements means nothing', () => {
    const elements = fc.uniqueArray(fc.constantFrom(OPENMETRICS, 'text/plain', '*/*', 'a/b'), {
      minLength: 2,
    });
    fc.assert(
      fc.property(
        elements,
        fc.array(quality, { minLength: 4, maxLength: 4 }),
        (names, qualities) => {
          const header = names.map((name, index) => `${name};q=${qualities[index]}`);
          expect(negotiateFormat(header.toReversed().join())).toBe(negotiateFormat(header.join()));
        },
      ),
    );
  });

  test('gzip is taken exactly where its quality, else that of "*", is above zero', () => {
    const of = fc.option(quality, { nil: undefined });
    fc.assert(
      fc.property(of, of, (gzip, any) => {
        const parts = [
          gzip === undefined ? 'br' : `gzip;q=${gzip}`,
          any === undefined ? 'br' : `*;q=${any}`,
        ];
        expect(acceptsGzip(parts.join(', '))).toBe((gzip ?? any ?? 0) > 0);
      }),
    );
  });
});
