import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CheckSize, measureCheckSizes, SELF } from '../support/check-sizes.ts';
import { hasNginx } from '../support/nginx-server.ts';
import { realPart } from '../support/real-part.ts';
import { hasSystemdUserManager } from '../support/systemd-user-manager.ts';
import { isThorough } from '../support/thorough.ts';

const PAGE = readFileSync('docs/sizing.md', 'utf8');
const ROW =
  /^\| (?<kind>[^|]+) \| (?<series>[\d,]+) \| (?<bytes>[\d,]+) \| (?<gzipped>[\d,]+) \|$/gm;
const canRun = hasNginx && hasSystemdUserManager && realPart('ping', ['ping']);

/** What the page says each kind of check adds to a scrape. */
function sizesOnPage(): Readonly<Record<string, CheckSize>> {
  const number = (text = '') => Number(text.replaceAll(',', ''));
  const rows = [...PAGE.matchAll(ROW)].map(({ groups = {} }) => [
    (groups.kind ?? '').replaceAll('`', ''),
    {
      series: number(groups.series),
      bytes: number(groups.bytes),
      gzippedBytes: number(groups.gzipped),
    },
  ]);
  return Object.fromEntries(rows);
}

/** As it would stand on the page. */
function rowOf(kind: string, { series, bytes, gzippedBytes }: CheckSize): string {
  const cells = [series, roundToTens(bytes), roundToTens(gzippedBytes)];
  return `| ${[kind, ...cells.map((cell) => cell.toLocaleString('en-US'))].join(' | ')} |`;
}

function roundToTens(count: number): number {
  return Math.round(count / 10) * 10;
}

describe.skipIf(!isThorough || !canRun)('docs/sizing.md', () => {
  test('says how much each kind of check adds to a scrape', { timeout: 90_000 }, async () => {
    const measured = await measureCheckSizes();
    const table = Object.entries(measured)
      .map(([kind, size]) => rowOf(kind, size))
      .join('\n');
    const said = sizesOnPage();

    expect(Object.keys(said), table).toEqual(Object.keys(measured));
    for (const [kind, { series, bytes, gzippedBytes }] of Object.entries(measured)) {
      // Node.js has more to tell of itself the longer it runs; digits vary, and how well they compress.
      const apart = kind === SELF ? { series: 0.2, bytes: 0.2 } : { series: 0, bytes: 0.02 };
      expectAbout(said[kind]?.series, series, apart.series, table);
      expectAbout(said[kind]?.bytes, bytes, apart.bytes, table);
      expectAbout(said[kind]?.gzippedBytes, gzippedBytes, 0.1, table);
    }
  });
});

function expectAbout(said: number | undefined, measured: number, apart: number, table: string) {
  const difference = Math.abs((said ?? Number.NaN) - measured);
  expect(difference, `the page says ${said}, measured was\n${table}`).toBeLessThanOrEqual(
    apart * measured,
  );
}
