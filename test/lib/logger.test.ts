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

function collected(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level, format }, (line) => lines.push(line)) };
}
