import { describe, expect, test } from 'vitest';
import { createLogger, LOG_LEVELS, type LogFormat, type LogLevel } from '../../src/lib/logger.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('a log', () => {
  test.each(LOG_LEVELS)('of level %s holds this level and those above', (level) => {
    const { logger, lines } = collected('json', level);
    for (const at of LOG_LEVELS) logger[at]('said');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(
      LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)),
    );
  });

  test('in logfmt is a line of pairs, quoted where needed', () => {
    const { logger, lines } = collected('logfmt');
    logger.info('✗ check fails', {
      check: 'Main Website',
      target: 'https://example.com/?a=b',
      duration: '12ms',
      count: 3,
      ok: false,
      quoted: 'a "b" \\c',
      bell: 'a\u0007b',
      empty: '',
      absent: undefined,
      lines: 'one\ntwo\u001B[31m',
    });
    expect(lines).toHaveLength(1);
    const [, time = '', rest] = /^time=(\S+) (.*)\n$/.exec(lines[0] ?? '') ?? [];
    expect(time).toMatch(TIME);
    expect(rest).toBe(
      'level=info msg="✗ check fails" check="Main Website" target="https://example.com/?a=b" duration=12ms ' +
        'count=3 ok=false quoted="a \\"b\\" \\\\c" bell="a\\u0007b" empty="" lines="one\\ntwo\\u001b[31m"',
    );
  });

  test('in JSON is an object a line', () => {
    const { logger, lines } = collected('json');
    logger.warn('said', { check: 'a\nb', count: 3, absent: undefined });
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    const { time, ...rest } = JSON.parse(lines[0] ?? '');
    expect(time).toMatch(TIME);
    expect(rest).toEqual({ level: 'warn', msg: 'said', check: 'a\nb', count: 3 });
  });
});

describe.each(['logfmt', 'json'] as const)('a line in %s', (format) => {
  test('holds nothing that a terminal or a reader of lines obeys', () => {
    const { logger, lines } = collected(format);
    const hostile =
      'a\r\n\u0000\u0007\u001B[2J\u007F\u0085\u009B1m\u2028\u2029\u202E\u2066\uD800 level=error';
    logger.info('said', { hostile, plain: 'a\u202Eb' });
    expect(lines[0]).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202A-\u202E\u2066-\u2069]*\n$/u);
    if (format === 'json') expect(JSON.parse(lines[0] ?? '').hostile).toBe(hostile);
  });

  test('is not much longer than what is cut of a text', () => {
    const { logger, lines } = collected(format);
    logger.info('said', { long: '\u0001'.repeat(10_000_000), end: 'x' });
    expect(lines[0]?.length).toBeLessThan(100_000);
    expect(lines[0]).toMatch(/…".*end.*x/);
  });
});

function collected(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level, format }, (line) => lines.push(line)) };
}
