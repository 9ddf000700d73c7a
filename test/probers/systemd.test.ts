import { describe, expect, test } from 'vitest';
import { parseShow } from '../../src/probers/systemd/systemctl.ts';
import { fullUnitName } from '../../src/probers/systemd/unit.ts';
import { systemd } from '../../src/probers/systemd.ts';

describe('the name of a unit', () => {
  const problem = (target: string) => systemd.target?.problem(target);

  test.each([
    'nginx',
    'nginx.service',
    'getty@tty1.service',
    'dev-disk-by\\x2dlabel-a.device',
    'a.b.c:d_e',
    '-.mount',
    '-.slice',
    'backup.timer',
  ])('%s is taken', (name) => {
    expect(problem(name)).toBeUndefined();
  });

  test.each([
    ['', 'is empty, expected the name of a unit such as "nginx.service"'],
    ['--help', 'must not begin with "-"'],
    ['-x.mount', 'must not begin with "-"'],
    ['a b', expect.stringContaining('is no name of a unit')],
    ['/etc/x.service', expect.stringContaining('is no name of a unit')],
    ['ng*', expect.stringContaining('is no name of a unit')],
    ['.service', expect.stringContaining('is no name of a unit')],
    ['@tty1', expect.stringContaining('is no name of a unit')],
    ['getty@', 'is a template: name one of its instances, such as "getty@tty1"'],
    ['x'.repeat(248), "is too long: a unit's name has at most 255 characters"],
  ])('trap 19: %j is refused with a reason', (name, expected) => {
    expect(problem(name)).toEqual(expected);
  });

  test('without a type is that of a service, as systemctl has it', () => {
    expect(fullUnitName('nginx')).toBe('nginx.service');
    expect(fullUnitName('php8.2-fpm')).toBe('php8.2-fpm.service');
    expect(fullUnitName('backup.timer')).toBe('backup.timer');
  });
});

describe('what systemctl show prints', () => {
  test('is read whatever the order of its lines', () => {
    const text =
      'SubState=running\nNRestarts=3\nLoadState=loaded\nActiveState=active\n' +
      'ActiveEnterTimestamp=Sun 2026-11-22 16:01:00 UTC\n\n' +
      'LoadState=not-found\nActiveState=inactive\nSubState=dead\nActiveEnterTimestamp=\n';
    expect(parseShow(text)).toEqual([
      {
        loadState: 'loaded',
        activeState: 'active',
        subState: 'running',
        activeEnterSeconds: Date.UTC(2026, 10, 22, 16, 1) / 1000,
        restarts: 3,
      },
      {
        loadState: 'not-found',
        activeState: 'inactive',
        subState: 'dead',
        activeEnterSeconds: undefined,
        restarts: undefined,
      },
    ]);
  });

  test('has no number where systemd has not set one', () => {
    expect(parseShow('LoadState=loaded\nNRestarts=[not set]\nActiveEnterTimestamp=n/a\n')).toEqual([
      expect.objectContaining({ restarts: undefined, activeEnterSeconds: undefined }),
    ]);
  });
});
