import { describe, expect, test } from 'vitest';
import { acceptsGzip, negotiateFormat } from '../../src/web/negotiate.ts';

const OM = 'application/openmetrics-text';

// What Prometheus has sent, by version.
const PROMETHEUS: readonly (readonly [string, string])[] = [
  [
    '2.42',
    `${OM};version=1.0.0,${OM};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
  ],
  [
    '2.49.0, whose last quality is out of bounds',
    `${OM};version=1.0.0;q=0.5,${OM};version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=2`,
  ],
  [
    '2.50',
    `${OM};version=1.0.0;q=0.5,${OM};version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
  ],
  [
    '3.0, with a parameter twice',
    `${OM};version=1.0.0;escaping=allow-utf-8;q=0.6,${OM};version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2`,
  ],
  [
    '3.4',
    `${OM};version=1.0.0;escaping=allow-utf-8;q=0.6,${OM};version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
  ],
  [
    '3 with native histograms',
    `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,${OM};version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
  ],
];

describe('the format of a scrape', () => {
  test.each(PROMETHEUS)('is OpenMetrics for Prometheus %s', (_version, accept) => {
    expect(negotiateFormat(accept)).toBe('openmetrics');
  });

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['curl', '*/*'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Prometheus told to take text only', 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1'],
    ['OpenMetrics refused', `${OM};q=0,text/plain`],
    ['an OpenMetrics version that is not spoken', `${OM};version=0.0.1`],
    ['text preferred', `text/plain;q=0.9,${OM};version=1.0.0;q=0.1`],
    ['neither accepted', 'image/png'],
    ['garbage', ';;;,,q=,=;q=abc,\u00ff'],
  ])('is text for %s', (_who, accept) => {
    expect(negotiateFormat(accept)).toBe('text');
  });

  test('takes qualities out of bounds for the bounds', () => {
    expect(negotiateFormat(`text/plain;q=3,${OM};q=2`)).toBe('openmetrics');
    expect(negotiateFormat(`text/plain;q=0.1,${OM};q=-1`)).toBe('text');
  });

  test('is OpenMetrics where it is named in other case and with spaces', () => {
    expect(negotiateFormat(' Application/OpenMetrics-Text ; Version=1.0.0 ; Q=1 ')).toBe(
      'openmetrics',
    );
  });
});

test.each([
  ['gzip', true],
  ['deflate, gzip;q=0.5, br', true],
  ['*', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['identity', false],
  [undefined, false],
])('the encodings %s allow gzip: %s', (header, allowed) => {
  expect(acceptsGzip(header)).toBe(allowed);
});
