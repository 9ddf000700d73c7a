import { describe, expect, test } from 'vitest';
import { DASHBOARDS, type Panel, panelsOf } from '../support/dashboards.ts';

const PAGE_WIDTH = 24;

test('there is a dashboard for /metrics, and one for /probe', () => {
  expect(DASHBOARDS.map(({ uid }) => uid)).toEqual(['healthcheck-overview', 'healthcheck-probe']);
});

describe.each(DASHBOARDS)('$uid', (dashboard) => {
  const rows = dashboard.panels.filter(({ type }) => type === 'row');
  const panels = panelsOf(dashboard);

  test('can be provisioned: it is known by its uid and asks for nothing when it is loaded', () => {
    expect(dashboard).not.toHaveProperty('id');
    expect(dashboard).not.toHaveProperty('__inputs');
    expect(dashboard).not.toHaveProperty('__requires');
    expect(dashboard).toMatchObject({
      schemaVersion: 42,
      tags: ['healthcheck'],
      timezone: 'browser',
      graphTooltip: 1,
      refresh: '1m',
      time: { from: 'now-6h', to: 'now' },
    });
  });

  test('has panels with ids and titles of their own', () => {
    const all = [...rows, ...panels];

    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    expect(new Set(rows.map(({ title }) => title)).size).toBe(rows.length);
  });

  test('has open rows that fill the page, without overlaps and without gaps', () => {
    expect(uncovered(dashboard.panels)).toEqual([]);
  });

  test.each(rows.filter(({ collapsed }) => collapsed))(
    'has panels in the folded row "$title", without overlaps and without gaps',
    ({ panels: own = [], gridPos }) => {
      expect(own.length).toBeGreaterThan(0);
      expect(Math.min(...own.map((panel) => panel.gridPos.y))).toBe(gridPos.y + 1);
      expect(uncovered(own)).toEqual([]);
    },
  );

  test('says something in every panel that has no data', () => {
    expect(panels.filter(({ fieldConfig }) => !fieldConfig?.defaults.noValue)).toEqual([]);
  });

  test('has graphs of shares that end at the whole', () => {
    const shares = panels.filter(
      ({ type, fieldConfig }) =>
        type === 'timeseries' && fieldConfig?.defaults.unit === 'percentunit',
    );

    expect(shares.filter(({ fieldConfig }) => fieldConfig?.defaults.max !== 1)).toEqual([]);
  });

  test('names queries of a panel by different letters', () => {
    for (const { title, targets = [] } of panels) {
      const letters = targets.map(({ refId }) => refId);
      expect(new Set(letters).size, title).toBe(targets.length);
    }
  });

  test.each(panels.filter(({ type }) => type === 'table'))(
    'changes only columns that the table "$title" has',
    ({ targets = [], fieldConfig, transformations }) => {
      const organize = transformations?.find(({ id }) => id === 'organize');
      const { indexByName = {}, renameByName = {} } = organize?.options ?? {};
      const columns = Object.keys(indexByName).map((name) => renameByName[name] ?? name);
      const values = targets.map(({ refId }) => `Value #${refId}`);
      const named = Object.keys(renameByName).filter((name) => name.startsWith('Value'));

      expect(columns.length).toBeGreaterThan(2);
      expect(new Set(columns).size).toBe(columns.length);
      expect(named.filter((name) => !values.includes(name))).toEqual([]);
      for (const { matcher } of fieldConfig?.overrides ?? []) {
        expect(matcher.id).toBe('byName');
        expect(columns).toContain(matcher.options);
      }
      expect(targets.filter(({ instant }) => !instant)).toEqual([]);
    },
  );
});

describe('a failing check or target leads to its log', () => {
  test.each([
    ['healthcheck-overview', 'check', 'instance', 'check'],
    ['healthcheck-probe', 'exporter', 'exporter', 'target'],
  ])('in %s', (uid, column, exporter, parameter) => {
    const dashboard = DASHBOARDS.find((one) => one.uid === uid);
    const panel = dashboard && panelsOf(dashboard).find(({ title }) => title === 'Failing now');
    const [link] = (panel?.fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => matcher.options === column)
      .flatMap(({ properties }) => properties.filter(({ id }) => id === 'links'))
      .flatMap(({ value }) => value as { url: string }[]);
    const url = new URL(
      (link?.url ?? '')
        .replace(`\${__data.fields.${exporter}:raw}`, 'web1:10195')
        .replace(/\$\{__data\.fields\.\w+:percentencode\}/, encodeURIComponent('a & b/ü')),
    );

    expect(`${url.host}${url.pathname}`).toBe('web1:10195/logs');
    expect([...url.searchParams]).toEqual([[parameter, 'a & b/ü']]);
  });
});

/** Cells of the grid that no panel covers, or more than one, with the number of them. */
function uncovered(panels: readonly Panel[]): string[] {
  const positions = panels.map(({ gridPos }) => gridPos);
  const top = Math.min(...positions.map(({ y }) => y));
  const bottom = Math.max(...positions.map(({ y, h }) => y + h));
  const cells = new Map<string, number>();
  for (let y = top; y < bottom; y += 1) {
    for (let x = 0; x < PAGE_WIDTH; x += 1) cells.set(`${x},${y}`, 0);
  }
  for (const { x, y, w, h } of positions) {
    for (let row = y; row < y + h; row += 1) {
      for (let column = x; column < x + w; column += 1) {
        const cell = `${column},${row}`;
        cells.set(cell, (cells.get(cell) ?? Number.NaN) + 1);
      }
    }
  }
  return [...cells].filter(([, count]) => count !== 1).map(([cell, count]) => `${cell}: ${count}`);
}
