import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aggregate, overTime, quantile, rate } from '../../tools/dashboards/expressions.ts';
import { renderDashboards } from '../../tools/dashboards/index.ts';
import { lines } from '../../tools/dashboards/panels.ts';
import { CHECKS } from '../../tools/dashboards/scope.ts';

const FOLDER = new URL('../../examples/grafana/dashboards/', import.meta.url);
const { select } = CHECKS;

describe('examples/grafana/dashboards', () => {
  const rendered = renderDashboards();

  test('holds what tools/dashboards describes, and nothing else', () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...rendered.keys()].sort());
  });

  test.each([...rendered])('%s is what npm run dashboards writes', (file, text) => {
    expect(readFileSync(new URL(file, FOLDER), 'utf8')).toBe(text);
  });
});

describe('a query is not written that asks for', () => {
  test('a metric that nothing declares', () => {
    expect(() => select('probe_sucess')).toThrow(
      'no metric is called probe_sucess, did you mean probe_success?',
    );
  });

  test('a label that the metric does not have', () => {
    expect(() => select('probe_http_duration_seconds', { fase: 'resolve' })).toThrow(
      'has no label fase',
    );
    expect(() => aggregate('max', select('probe_success'), ['phase'])).toThrow(
      'has no label phase',
    );
  });

  test('a label that an aggregation took away', () => {
    const of = aggregate('max', select('probe_success'), ['check']);
    const text = { title: '', description: '', unit: 'none', empty: '' };

    expect(() => lines(text, [{ of, legend: '{{instance}}' }])).toThrow('has no label instance');
    expect(() => quantile(0.5, of)).toThrow('has no label le');
  });

  test('the sum of a counter, or the rate of what is none', () => {
    const runs = select('probe_runs_total');

    expect(() => aggregate('sum', runs)).toThrow('sum of the counter probe_runs_total');
    expect(() => rate(select('probe_success'))).toThrow('which is no counter');
    expect(() => rate(aggregate('sum', rate(runs)))).toThrow('which is no counter');
    expect(() => overTime('avg_over_time', rate(runs), '5m')).toThrow('needs a metric');
  });
});
