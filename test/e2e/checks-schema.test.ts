import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport } from '../../src/web/status/check-report.ts';
import { differencesFromSchema } from '../support/checks-schema.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const HOSTILE = 'a "b" \\ </script> {c} 東京 \u2028 👩‍🚀';
const CONFIG = JSON.stringify({
  checks: [
    { name: 'Memory', prober: 'memory' },
    { name: HOSTILE, target: '127.0.0.1:1', prober: 'tcp', labels: { toString: HOSTILE } },
    { name: 'Site', target: 'http://me:s3cret@127.0.0.1:1/', module: 'http_2xx' },
  ],
});

let written: CheckReport;
beforeAll(async () => {
  await using directory = await temporaryDirectory();
  const file = await directory.write('checks.yml', CONFIG);
  const json = join(directory.path, 'report.json');
  await runCliInProcess(['check', `--config.file=${file}`, `--json=${json}`]);
  written = JSON.parse(await readFile(json, 'utf8'));
});

describe('the published schema', () => {
  test('takes what check --json writes, and an exporter answers', () => {
    expect(written.summary).toEqual({ total: 3, healthy: 1, failing: 2, skipped: 0 });
    expect(written.checks[1]).toMatchObject({
      name: HOSTILE,
      labels: { toString: HOSTILE },
      log: null,
      history: { runs: 1, failures: 1, recent: [{ success: false, reason: 'refused' }] },
    });
    expect(differencesFromSchema(written)).toEqual([]);
  });

  test('takes no document that lacks something', () => {
    const places = placesIn(withScrape(written)).filter(isDeclared);
    expect(places.length).toBeGreaterThan(50);
    const taken = places.filter((place) => isTaken(without(place)));
    expect(taken).toEqual([]);
  });

  test('takes no document in which something is of another type', () => {
    const taken = placesIn(withScrape(written)).filter((place) => isTaken(withIn(place, [[]])));
    expect(taken).toEqual([]);
  });

  test('takes no document that has more', () => {
    const objects = [[], ...placesIn(withScrape(written))].filter(
      (place) => isDeclared([...place, 'more']) && isObject(at(place)),
    );
    expect(objects.length).toBeGreaterThan(10);
    expect(objects.filter((place) => isTaken(withIn([...place, 'more'], 1)))).toEqual([]);
  });

  test.each([
    [['checks', 0, 'status'], 'down'],
    [['checks', 1, 'reason'], 'no reason'],
    [['checks', 0, 'timestamp'], '2026-01-01'],
    [['timestamp'], '2026-02-31T00:00:00.000Z'],
    [['checks', 0, 'duration_seconds'], -1],
    [['summary', 'total'], 1.5],
    [['checks', 0, 'history', 'recent'], Array(61)],
  ])('takes no %j of %j', (place, value) => {
    expect(isTaken(withIn(place, value))).toBe(false);
  });
});

type Place = readonly (string | number)[];

/** As an exporter answers it. */
function withScrape(report: CheckReport): CheckReport {
  const { timestamp } = report;
  return { ...report, scrape: { timestamp, duration_seconds: 0.1, executed: 3, skipped: 0 } };
}

/** Every key and every place of a list, at any depth. */
function placesIn(value: unknown, path: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => {
    const place = [...path, key];
    return [place, ...placesIn((value as Record<string | number, unknown>)[key], place)];
  });
}

/** A check may have any labels, and a list any length. */
function isDeclared(place: Place): boolean {
  return typeof place.at(-1) === 'string' && place.at(-2) !== 'labels';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTaken(document: unknown): boolean {
  return differencesFromSchema(document).length === 0;
}

function at(place: Place): unknown {
  return place.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown>)[key],
    withScrape(written),
  );
}

function withIn(place: Place, value: unknown): unknown {
  return changed(place, (parent, key) => {
    parent[key] = value;
  });
}

function without(place: Place): unknown {
  return changed(place, (parent, key) => {
    delete parent[key];
  });
}

function changed(
  place: Place,
  change: (parent: Record<string | number, unknown>, key: string | number) => void,
): unknown {
  const document = structuredClone(withScrape(written));
  const parent = place
    .slice(0, -1)
    .reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], document);
  change(parent as Record<string | number, unknown>, place.at(-1) ?? '');
  return document;
}
