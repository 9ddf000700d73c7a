import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/cli/table.ts';
import type { Look } from '../../src/cli/terminal.ts';
import type { Check, CheckView } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { displayWidth } from '../../src/lib/display-width.ts';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { createReport } from '../../src/web/status/check-report.ts';

const plain: Look = { color: false, unicode: true, columns: undefined };

describe('the table', () => {
  test('aligns names and durations, and says why a check is not healthy', () => {
    const report = createReport([
      view('Main Website', { durationSeconds: 0.1234 }),
      view('SSH', { durationSeconds: 12.5, failure: { reason: 'timeout', message: 'no answer' } }),
      view('DNS', undefined),
    ]);
    expect(renderTable(report, 1.5, plain)).toBe(`\
✓ Main Website  123ms
✗ SSH           12.5s  timeout: no answer
– DNS                  not executed

3 checks in 1.5s: 1 healthy, 1 failing, 1 skipped
`);
  });

  test.each([
    ['has scrolled away', 3, '\n✗ SSH   12.5s  timeout: no answer\n– DNS          not executed\n'],
    ['is seen', 4, ''],
    ['is in a file', undefined, ''],
  ])('that %s says once more what is wrong, or not', (_where, rows, again) => {
    const report = createReport([
      view('SSH', { durationSeconds: 12.5, failure: { reason: 'timeout', message: 'no answer' } }),
      view('DNS', undefined),
      view('Main', { durationSeconds: 0.1234 }),
    ]);
    expect(renderTable(report, 1.5, { ...plain, rows })).toBe(`\
✗ SSH   12.5s  timeout: no answer
– DNS          not executed
✓ Main  123ms
${again}
3 checks in 1.5s: 1 healthy, 1 failing, 1 skipped
`);
  });

  test('counts the columns of a terminal, not characters', () => {
    const names = ['plain', '東京のサイト', 'cafe\u0301', '👩‍🚀 Rocket'];
    const table = renderTable(createReport(names.map((name) => view(name, {}))), 1.5, plain);
    expect(table).toBe(`\
✓ plain         1ms
✓ 東京のサイト  1ms
✓ cafe\u0301          1ms
✓ 👩‍🚀 Rocket     1ms

4 checks in 1.5s: 4 healthy, 0 failing
`);
  });

  test('keeps a message on its line, and away from the terminal', () => {
    const failure = {
      reason: 'body',
      message: 'line one\r\n\tline two\u001B[2J\u0007 \u202Eend\n',
    } as const;
    const table = renderTable(createReport([view('a', { failure })]), 1.5, plain);
    expect(table.split('\n')[0]).toBe('✗ a  1ms  body: line one line two [2J end');
  });

  test('colours the signs alone', () => {
    const failure = { reason: 'status', message: '500' } as const;
    const report = createReport([view('a', {}), view('b', { failure }), view('c', undefined)]);
    expect(
      renderTable(report, 1.5, { ...plain, color: true })
        .split('\n')
        .slice(0, 3),
    ).toEqual([
      '\u001B[32m✓\u001B[39m a  1ms',
      '\u001B[31m✗\u001B[39m b  1ms  status: 500',
      '\u001B[33m–\u001B[39m c       not executed',
    ]);
  });

  test('is cut where the terminal ends, whatever is wide in it', () => {
    const failure = { reason: 'timeout', message: `no 答え within 1s ${'x'.repeat(500)}` } as const;
    const names = ['SSH', `${'東京'.repeat(40)}`, `${'long '.repeat(40)}`];
    const report = createReport(names.map((name) => view(name, { failure })));
    for (let columns = 1; columns < 60; columns++) {
      const lines = renderTable(report, 1.5, { ...plain, columns })
        .split('\n')
        .slice(0, 3);
      for (const line of lines.slice(0, 3)) {
        expect(displayWidth(line), `${columns}: ${line}`).toBeLessThanOrEqual(Math.max(columns, 3));
      }
    }
    const shown = (columns: number) =>
      renderTable(report, 1.5, { ...plain, columns })
        .split('\n')
        .slice(0, 3);
    expect(shown(40)).toEqual([
      '✗ SSH                   1ms  timeout: n…',
      '✗ 東京東京東京東京東…   1ms  timeout: n…',
      '✗ long long long long…  1ms  timeout: n…',
    ]);
    expect(shown(46)[0], 'half of a sign is none').toMatch(/timeout: no…$/);
  });

  test('is in ASCII where nothing else may be written', () => {
    const failure = { reason: 'timeout', message: 'no answer' } as const;
    const report = createReport([view('a', {}), view('b', { failure }), view('c', undefined)]);
    const ascii = { ...plain, unicode: false, columns: 24 };
    expect(renderTable(report, 1.5, ascii)).toBe(`\
ok   a  1ms
FAIL b  1ms  timeout:...
skip c       not exec...

3 checks in 1.5s: 1 healthy, 1 failing, 1 skipped
`);
  });

  test('of no checks is its summary', () => {
    expect(renderTable(createReport([]), 1.5, plain)).toBe(
      '0 checks in 1.5s: 0 healthy, 0 failing\n',
    );
  });

  test('of very many checks is made', () => {
    const views = Array.from({ length: 100_000 }, (_, index) => view(`check ${index}`, {}));
    const table = renderTable(createReport(views), 1.5, plain);
    expect(table).toContain('\n100000 checks in 1.5s: 100000 healthy, 0 failing\n');
  });
});

function view(name: string, outcome: Partial<ProbeOutcome> | undefined): CheckView {
  const found: ProbeOutcome = {
    success: outcome?.failure === undefined,
    failure: undefined,
    startedAt: 0,
    durationSeconds: 0.001,
    timeoutSeconds: 5,
    samples: [],
    log: [],
    ...outcome,
  };
  return {
    check: { ...CHECK, name },
    outcome: outcome && found,
    fresh: outcome !== undefined,
    ageSeconds: 0,
  };
}

const CHECK = onlyCheck('checks: [{name: a, target: "localhost:1", prober: tcp}]');

function onlyCheck(text: string): Check {
  const [check] = parseConfig({ file: 'f.yml', text }).checks;
  if (!check) throw new Error('there is none');
  return check;
}
