import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { configFile } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';

const CONFIG = `checks:
  - {name: Main Website, prober: memory, labels: {team: web, tier: front}}
  - {name: API Health, prober: memory, labels: {team: web, tier: back}}
  - {name: Database, target: "127.0.0.1:1", prober: tcp, labels: {team: data}}
`;

describe('check runs', () => {
  test.each<[words: string[], names: string[]]>([
    [['--only', 'API Health'], ['API Health']],
    [
      ['--only=Database', '--only=Main Website'],
      ['Main Website', 'Database'],
    ],
    [
      ['--label', 'team=web'],
      ['Main Website', 'API Health'],
    ],
    [['--label=team=web', '--label=tier=back'], ['API Health']],
    [['--only=Main Website', '--only=Database', '--label=team=data'], ['Database']],
  ])('with %j: %j', async (words, names) => {
    const { code, stdout, stderr } = await check(...words, '--json=-');
    expect(stderr).toBe('');
    const report = JSON.parse(stdout);
    expect(report.checks.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(code).toBe(names.includes('Database') ? 1 : 0);
  });

  test.each<[words: string[], sentences: string]>([
    [
      ['--only=Main Websit', '--only=Database', '--only=x', '--label=team=wbe', '--label=tem=web'],
      '--only: there is no check "Main Websit" (did you mean "Main Website"?)\n' +
        '--only: there is no check "x", expected one of "Main Website", "API Health", "Database"\n' +
        '--label: no check has team="wbe", expected one of "web", "data"\n' +
        '--label: no check has a label "tem" (did you mean "team"?)\n',
    ],
    [
      ['--only=Database', '--label=team=web'],
      'no check is left by --only and --label: each is met, but by different checks\n',
    ],
    [
      ['--only='],
      '--only: there is no check "", expected one of "Main Website", "API Health", "Database"\n',
    ],
  ])('nothing where no check is meant: %j', async (words, sentences) => {
    expect(await check(...words)).toEqual({ code: 2, stdout: '', stderr: sentences });
  });
});

describe('check refuses', () => {
  test.each<[words: string[], sentence: string]>([
    [
      ['--label', 'team'],
      `option '--label <name=value>' argument 'team' is invalid. Expected a name and a value such as "team=web".`,
    ],
    [
      ['--watch=often'],
      `option '--watch [interval]' argument 'often' is invalid. Expected a duration from "100ms" to "1d" such as "10s".`,
    ],
    [
      ['--watch=0'],
      `option '--watch [interval]' argument '0' is invalid. Expected a duration from "100ms" to "1d" such as "10s".`,
    ],
    [
      ['--prometheus='],
      `option '--prometheus <file>' argument '' is invalid. Expected the name of a file.`,
    ],
    [
      ['--json=-', '--prometheus=-'],
      '--json - and --prometheus - cannot both have standard output: name a file for one',
    ],
    [
      ['--watch', '--json=-'],
      '--json - would write one run after another to standard output with --watch: name a file',
    ],
    [
      ['--watch', '--prometheus=-'],
      '--prometheus - would write one run after another to standard output with --watch: name a file',
    ],
  ])('%j', async (words, sentence) => {
    expect(await check(...words)).toEqual({ code: 2, stdout: '', stderr: `error: ${sentence}\n` });
  });
});

async function check(...words: readonly string[]) {
  const { file } = await forThisTest(configFile(CONFIG));
  return runCliInProcess(['check', `--config.file=${file}`, ...words]);
}
