import { beforeAll, describe, expect, test } from 'vitest';
import { parseDuration } from '../../src/lib/duration.ts';
import { PATIENCE_MILLISECONDS, testRules } from '../support/promtool.ts';
import { realPart } from '../support/real-part.ts';
import {
  type AlertCase,
  type AlertRule,
  type CaseGroup,
  casesAbout,
  fires,
  isAlert,
  readCases,
  readRules,
} from '../support/rule-files.ts';

// What a group of cases is called in which something is missing.
const MISSING_DATA = /^missing data - /;

const alerts = (await readRules()).filter(isAlert);
const files = await readCases();

describe('the cases of', () => {
  test.each(alerts)('$name are of four kinds', (rule) => {
    const groups = casesAbout(rule, files).flatMap(({ tests }) => tests);
    const cases = groups.flatMap(casesOf);
    const pairs = groups.flatMap((group) => firingAndQuiet(rule, group));
    const missing = groups.filter(({ name }) => MISSING_DATA.test(name));

    expect(
      cases.some((one) => fires(rule, one)),
      'one that fires',
    ).toBe(true);
    expect(missing.length, 'one with missing data').toBeGreaterThan(0);
    expect(cases.length).toBeGreaterThanOrEqual(4);
    // The watchdog is never quiet.
    if (rule.alert === 'Watchdog') return;
    expect(
      pairs.some(([firing, quiet]) => quiet < firing),
      'one that is quiet before one that fires',
    ).toBe(true);
    expect(
      pairs.some(([firing, quiet]) => quiet > firing),
      'one that is quiet after one that fires',
    ).toBe(true);
    expect(
      missing.some((group) => isMissingSomething(rule, group)),
      'one in which some series ends, begins late or is not there',
    ).toBe(true);
  });

  test('every file are about alerts that exist', () => {
    const names = new Set(alerts.map(({ alert }) => alert));
    const named = files.flatMap(({ tests }) =>
      tests.flatMap(({ alert_rule_test = [] }) =>
        alert_rule_test.map(({ alertname }) => alertname),
      ),
    );

    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });
});

function casesOf({ alert_rule_test = [] }: CaseGroup): readonly AlertCase[] {
  return alert_rule_test;
}

/** Every pair of moments of a group, at the first of which the alert fires and at the second of which it is quiet. */
function firingAndQuiet(rule: AlertRule, group: CaseGroup): readonly [number, number][] {
  const cases = casesOf(group);
  const moments = (isFiring: boolean) =>
    cases
      .filter((one) => (isFiring ? fires(rule, one) : (one.exp_alerts ?? []).length === 0))
      .map(({ eval_time }) => parseDuration(eval_time) ?? Number.NaN);
  return moments(true).flatMap((firing) =>
    moments(false).map((quiet): [number, number] => [firing, quiet]),
  );
}

function isMissingSomething({ expr }: AlertRule, { input_series = [] }: CaseGroup): boolean {
  if (input_series.length === 0) return false;
  if (input_series.some(({ values }) => /stale|_/.test(values))) return true;
  const asked = [...expr.matchAll(/[a-z]\w+(?=\{)/g)].map(([metric]) => metric);
  return asked.some(
    (metric) => !input_series.some(({ series }) => series.startsWith(`${metric}{`)),
  );
}

describe.skipIf(!realPart('promtool', ['promtool']))('promtool', () => {
  let said: string;

  beforeAll(async () => {
    said = await testRules(files.map(({ path }) => path));
  }, PATIENCE_MILLISECONDS);

  test.each(files)('passes the cases of $path', ({ path }) => {
    expect(said).toMatch(new RegExp(`Unit Testing: +${path}\\n +SUCCESS\\n`));
  });
});
