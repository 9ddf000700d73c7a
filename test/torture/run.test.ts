import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { readScenario, readScenarios } from './registry.ts';
import { renderResult, renderSummary } from './report.ts';
import { type Result, runScenario } from './run.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const { signal: never } = new AbortController();

const fixture = (name: string) => readScenario(join(FIXTURES, `${name}.ts`));
const run = async (name: string) => runScenario(await fixture(name), 0.5, never);

describe('a scenario', () => {
  test('that holds has its figures, from a process of its own', async () => {
    const result = await run('holds');
    expect(result).toMatchObject({ name: 'holds', proof: [7, 3], figures: { scale: 0.5 } });
    expect(result.problem).toBeUndefined();
    expect(result.figures.pid).not.toBe(process.pid);
  });

  test('that does not hold says everything that is wrong, and has its figures', async () => {
    const { problem, figures } = await run('breaks');
    expect(problem).toBe('two were left; and it was late');
    expect(figures).toEqual({ left: 2 });
  });

  test('that ends its process does not hold', async () => {
    const { problem, figures } = await run('exits');
    expect(problem).toBe('its process ended with 7 and told nothing');
    expect(figures).toEqual({});
  });

  test('that is not over in time is ended, with all that it started', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const started = join(directory.path, 'pid');
    vi.stubEnv('STARTED_FILE', started);
    const interrupt = new AbortController();
    const running = runScenario(await fixture('hangs'), 1, interrupt.signal);
    vi.unstubAllEnvs();
    const pid = await eventually(() => {
      const text = existsSync(started) ? readFileSync(started, 'utf8') : '';
      expect(text).toMatch(/^\d+$/);
      return text;
    });
    interrupt.abort();
    expect((await running).problem).toMatch(/^its process ended with /);
    await eventually(() => expect(isAlive(pid)).toBe(false));

    const { problem } = await runScenario(await fixture('holds'), 1, never, 0.001);
    expect(problem).toBe('it was not over after 0.001 s');
  });
});

describe('the report', () => {
  const results: Result[] = [
    { name: 'a', proof: [1], title: 'it is so', figures: { 'p99, ms': 1234.5 }, seconds: 2.4 },
    { name: 'b', proof: [2, 3], title: 'this too', figures: {}, problem: 'no', seconds: 60 },
  ];

  test('says of each whether it holds, why not, and its figures', () => {
    expect(results.map(renderResult).join('')).toBe(
      'held  a (proof 1), 2 s: it is so\n' +
        '  p99, ms  1,234.5\n' +
        'NOT HELD  b (proof 2, 3), 60 s: this too\n' +
        '  no\n',
    );
  });

  test('ends with how many held, and the names of the others', () => {
    expect(renderSummary(results)).toBe('1 of 2 held; not held: b.\n');
    expect(renderSummary(results.slice(0, 1))).toBe('1 of 1 held.\n');
  });
});

test('a file that is no scenario of its name is refused with what it lacks', async () => {
  const directory = await forThisTest(temporaryDirectory());
  const cases = {
    'none.ts': ['', 'expected it to export `scenario`'],
    'other.ts': ["export const scenario = {name: 'a'}", 'expected the name of the file, got "a"'],
    'bare.ts': ["export const scenario = {name: 'bare'}", 'expected `proof` to list the numbers'],
  };
  for (const [name, [text = '', problem]] of Object.entries(cases)) {
    const file = await directory.write(name, text);
    await expect(readScenario(file)).rejects.toThrow(`${file}: ${problem}`);
  }
  await expect(readScenarios(directory.path)).rejects.toThrow(directory.path);
});

function isAlive(pid: string): boolean {
  try {
    // One that has ended and that nobody has asked after is no longer alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
