import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Executed } from '../../src/history/history.ts';
import { createOutcomeLog } from '../../src/history/outcome-log.ts';
import { createLogger, type LogLevel } from '../../src/lib/logger.ts';
import { makeCheck, takes } from '../support/checks.ts';

test('a probe is told of when it begins to fail, and when it is healthy again', () => {
  const { log, lines } = logged('info');
  for (const success of [true, false, false, true, true]) log.probed(probed('a', success));
  expect(lines()).toEqual(['✗ probe fails a', '✓ probe is healthy again a']);
});

test('targets are told of one by one, however many there are', () => {
  const { log, lines } = logged('info');
  for (const success of [false, false, true]) {
    for (let target = 0; target < 200; target++) log.probed(probed(String(target), success));
  }
  expect(lines().filter((line) => line.startsWith('✗'))).toHaveLength(200);
  expect(lines().filter((line) => line.startsWith('✓'))).toHaveLength(200);
});

test('targets without end are told of at a rate, and the next line says how many were not', () => {
  let now = 1000;
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const written: string[] = [];
  const write = (line: string) => void written.push(line);
  const logger = createLogger({ level: 'info', format: 'logfmt' }, write);
  const log = createOutcomeLog(logger, logger);
  for (let target = 0; target < 5000; target++) log.probed(probed(String(target), false));
  expect(written).toHaveLength(1000);
  now += 1000;
  log.probed(probed('0', true));
  expect(written).toHaveLength(1001);
  expect(written.at(-1)).toMatch(/✓ probe is healthy again.* target=0 others_unsaid=4000/);
});

test('the memory of verdicts is bounded', () => {
  const { log, lines } = logged('info');
  log.probed(probed('first', false));
  for (let target = 0; target < 20_000; target++) log.probed(probed(String(target), true));
  log.probed(probed('first', true));
  expect(lines()).toEqual(['✗ probe fails first']);
});

test('a target as long as a request can hold is told in part, and remembered whole', () => {
  const { log, lines } = logged('debug');
  const long = 't'.repeat(8000);
  log.probed(probed(`${long}1`, false));
  log.probed(probed(`${long}2`, true));
  log.probed(probed(`${long}1`, true));
  expect(lines().filter((line) => line.startsWith('✓'))).toHaveLength(1);
  expect(Math.max(...lines().map((line) => line.length))).toBeLessThan(1100);
});

test('long targets cost no more of it', () => {
  const { log } = logged('error');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  for (let target = 0; target < 5000; target++) {
    log.probed(probed(`${target}${'x'.repeat(8000)}`.toUpperCase(), true));
  }
  // 40 MB were asked for.
  expect(used() - before).toBeLessThan(10_000_000);
  // It is alive until here.
  log.probed(probed('last', true));
});

test.each<[LogLevel, number]>([
  ['debug', 2],
  ['info', 1],
  ['warn', 1],
  ['error', 0],
])('at level %s a failing probe of one step has %d lines', (level, count) => {
  const { log, lines } = logged(level);
  log.probed(probed('a', false));
  expect(lines()).toHaveLength(count);
});

function logged(level: LogLevel) {
  const written: string[] = [];
  const probeLogger = createLogger({ level, format: 'json' }, (line) => written.push(line));
  const nobody = createLogger({ level: 'error', format: 'json' }, () => {});
  return {
    log: createOutcomeLog(nobody, probeLogger),
    lines: () =>
      written.map((line) => {
        const { msg, target } = JSON.parse(line);
        return `${msg} ${target}`;
      }),
  };
}

function probed(target: string, success: boolean): Executed {
  const { module } = makeCheck('', takes(0));
  return {
    module: { ...module, name: 'm' },
    target,
    check: undefined,
    outcome: {
      success,
      failure: success ? undefined : { reason: 'refused', message: 'no' },
      startedAt: 0,
      durationSeconds: 0,
      timeoutSeconds: 1,
      samples: [],
      log: [{ atSeconds: 0, message: 'connected', fields: {} }],
    },
  };
}
