import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { DASHBOARDS, RULES } from '../../src/cli/shipped-files.ts';
import { whyNotWritten } from '../../src/cli/write-errors.ts';
import { startChild } from '../support/child.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { runExporter } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'src/main.ts');
const ALERTS = 'healthcheck-alerts.yml';
const SLO = 'healthcheck-slo.yml';

const shipped = (folder: string, file: string) => readFileSync(join(ROOT, folder, file), 'utf8');
const shippedRule = (file: string) => shipped(RULES.folder, file);

describe.each([RULES, DASHBOARDS])('$command', ({ command, folder, ending, names }) => {
  const fileOf = (name: string) => `healthcheck-${name}${ending}`;

  test('knows every file of its folder, and no other', () => {
    const files = readdirSync(join(ROOT, folder)).filter((file) => file.endsWith(ending));
    expect(files.sort()).toEqual(names.map(fileOf).sort());
  });

  test.each(names)('prints %s as it is', async (name) => {
    expect(await runCliInProcess([command, name])).toEqual({
      code: 0,
      stdout: shipped(folder, fileOf(name)),
      stderr: '',
    });
  });

  test('prints the first where none is named', async () => {
    expect(await runCliInProcess([command])).toEqual(await runCliInProcess([command, names[0]]));
  });

  test('--write writes all, and only once', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const place = join(directory.path, 'new/and deep');
    const paths = names.map((name) => join(place, fileOf(name)));
    const told = (what: string) => paths.map((path) => `${what} ${path}\n`).join('');
    const words = [command, '--write', place];
    expect(await runCliInProcess(words)).toEqual({
      code: 0,
      stdout: told('written  '),
      stderr: '',
    });
    expect(readdirSync(place).sort()).toEqual(names.map(fileOf).sort());
    for (const name of names) {
      expect(readFileSync(join(place, fileOf(name)), 'utf8')).toBe(shipped(folder, fileOf(name)));
    }
    const before = paths.map((path) => lstatSync(path).ino);
    expect(await runCliInProcess(words)).toEqual({
      code: 0,
      stdout: told('unchanged'),
      stderr: '',
    });
    expect(paths.map((path) => lstatSync(path).ino)).toEqual(before);
  });

  test.each(names)('--write writes %s alone where it is named', async (name) => {
    const directory = await forThisTest(temporaryDirectory());
    const { code } = await runCliInProcess([command, name, `--write=${directory.path}`]);
    expect(code).toBe(0);
    expect(readdirSync(directory.path)).toEqual([fileOf(name)]);
  });
});

describe('a file that somebody has changed', () => {
  test('is named, and nothing is written', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const mine = await directory.write(SLO, '# mine\n');
    expect(await runCliInProcess(['rules', '--write', directory.path])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${mine} differs from what would be written, --force overwrites it\nnothing was written\n`,
    });
    expect(readFileSync(mine, 'utf8')).toBe('# mine\n');
    expect(readdirSync(directory.path)).toEqual([SLO]);
  });

  test('is named together with all others', async () => {
    const directory = await forThisTest(temporaryDirectory());
    for (const file of [SLO, ALERTS]) await directory.write(file, `${shippedRule(file)}\n`);
    const { code, stdout, stderr } = await runCliInProcess(['rules', '--write', directory.path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const file of [ALERTS, SLO]) expect(stderr).toContain(`/${file} differs from `);
  });

  test('is overwritten with --force, and one that is the same is left alone', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const mine = await directory.write(SLO, '# mine\n');
    const same = await directory.write(ALERTS, shippedRule(ALERTS));
    const words = ['rules', '--write', directory.path, '--force'];
    expect(await runCliInProcess(words)).toEqual({
      code: 0,
      stdout: `unchanged ${same}\nwritten   ${mine}\n`,
      stderr: '',
    });
    expect(readFileSync(mine, 'utf8')).toBe(shippedRule(SLO));
    expect(readdirSync(directory.path).sort()).toEqual([ALERTS, SLO]);
  });

  test('keeps its permissions when it is overwritten', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const mine = await directory.write(SLO, '# mine\n');
    chmodSync(mine, 0o640);
    await runCliInProcess(['rules', '--write', directory.path, '--force']);
    expect(readFileSync(mine, 'utf8')).toBe(shippedRule(SLO));
    expect(lstatSync(mine).mode & 0o777).toBe(0o640);
  });
});

describe('what is no file', () => {
  test.each<[what: string, put: (path: string) => void]>([
    ['is a directory', (path) => mkdirSync(path)],
    ['is a symbolic link', (path) => symlinkSync('nowhere', path)],
    ['is a symbolic link', (path) => symlinkSync(join(dirname(path), 'elsewhere'), path)],
    ['is no regular file', (path) => execFileSync('mkfifo', [path])],
  ])('%s: stays in the way, whatever is forced', async (what, put) => {
    const directory = await forThisTest(temporaryDirectory());
    const elsewhere = await directory.write('elsewhere', 'untouched');
    const path = join(directory.path, ALERTS);
    put(path);
    for (const force of [[], ['--force']]) {
      expect(await runCliInProcess(['rules', '--write', directory.path, ...force])).toEqual({
        code: 2,
        stdout: '',
        stderr: `${path} ${what}, remove it or choose another place\nnothing was written\n`,
      });
    }
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched');
    expect(readdirSync(directory.path).sort()).toEqual(['elsewhere', ALERTS]);
  });

  test.each([
    ['file', 'something else of this name is there'],
    ['file/below', 'a part of its path is no directory'],
    ['x'.repeat(300), 'its name is too long'],
    ['circle/below', 'its symbolic links go in circles'],
  ])('is no place to write into: %s', async (name, why) => {
    const directory = await forThisTest(temporaryDirectory());
    await directory.write('file', '');
    symlinkSync('circle', join(directory.path, 'circle'));
    const place = join(directory.path, name);
    expect(await runCliInProcess(['rules', '--write', place])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${place} cannot be written: ${why}\n`,
    });
  });

  test.each([
    ['EACCES', 'permission denied'],
    ['EROFS', 'the file system is read-only'],
    ['ENOSPC', 'no space left'],
    ['EXYZ', 'something rare'],
  ])('is explained where it cannot be shown here: %s', (code, why) => {
    expect(whyNotWritten(Object.assign(new Error('something rare'), { code }))).toBe(why);
  });
});

test('where one file cannot be written, none has changed', async () => {
  const directory = await forThisTest(temporaryDirectory());
  const small = await directory.write('small', 'before');
  const script = `
    import { writeFiles } from ${JSON.stringify(join(ROOT, 'src/cli/write-files.ts'))};
    const files = [{ name: 'small', text: 'after' }, { name: 'large', text: 'x'.repeat(200_000) }];
    await writeFiles(${JSON.stringify(directory.path)}, files, true).catch(({ message }) => console.log(message));`;
  const limited = 'ulimit -f 64; exec "$0" --input-type=module --eval "$1"';
  const child = await forThisTest(
    startChild('sh', ['-c', limited, process.execPath, script], { NODE_COMPILE_CACHE: undefined }),
  );
  await child.ended;
  const why = 'it would be larger than files may be here';
  expect(child.stdout()).toBe(`${join(directory.path, 'large')} cannot be written: ${why}\n`);
  expect(readdirSync(directory.path)).toEqual(['small']);
  expect(readFileSync(small, 'utf8')).toBe('before');
});

test('a link to a directory is a directory to write into', async () => {
  const directory = await forThisTest(temporaryDirectory());
  mkdirSync(join(directory.path, 'rules'));
  symlinkSync('rules', join(directory.path, 'link'));
  const { code } = await runCliInProcess(['rules', '--write', join(directory.path, 'link')]);
  expect(code).toBe(0);
  expect(readdirSync(join(directory.path, 'rules')).sort()).toEqual([ALERTS, SLO]);
});

describe('--job', () => {
  const HOSTILE = [
    'blackbox|integrations/.+',
    'a: b # c',
    `it's "quoted" \`so\` \\d+\\.`,
    '$& $1 {{ .x }}{2}',
    'ü 東京 \u{1F600}',
    'tab\there',
    'lines\nfeed\u0085next\u2028separator',
  ];

  test.each(HOSTILE)('puts %j into every selector', async (job) => {
    const { code, stdout, stderr } = await runCliInProcess(['rules', '--job', job]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(expressionsOf(stdout)).not.toContain('job=~"healthcheck.*"');
    const selectors = [...expressionsOf(stdout).matchAll(/\bjob=~("(?:[^"\\]|\\.)*")/g)];
    expect(selectors).toHaveLength(
      expressionsOf(shippedRule(ALERTS)).split('job=~"healthcheck.*"').length - 1,
    );
    // PromQL's quotes hold what JSON's do.
    expect(new Set(selectors.map(([, quoted = '""']) => JSON.parse(quoted)))).toEqual(
      new Set([job]),
    );
  });

  test.skipIf(!realPart('Prometheus', ['promtool'])).each(HOSTILE)(
    '%j is written so that Prometheus loads it',
    async (job) => {
      const directory = await forThisTest(temporaryDirectory());
      await runCliInProcess(['rules', `--job=${job}`, `--write=${directory.path}`]);
      for (const file of [ALERTS, SLO]) {
        execFileSync('promtool', ['check', 'rules', join(directory.path, file)], { stdio: 'pipe' });
      }
    },
  );

  test('leaves the comments as they are, and says above them what it did', async () => {
    const comments = (text: string) => text.match(/^ *#.*$/gm) ?? [];
    const { stdout } = await runCliInProcess(['rules', '--job=mine']);
    expect(comments(stdout)).toEqual([
      '# Written with --job: job=~"mine" stands where the comments below say job=~"healthcheck.*".',
      '#',
      ...comments(shippedRule(ALERTS)),
    ]);
  });

  test('that is the same as before changes nothing', async () => {
    const { stdout } = await runCliInProcess(['rules', '--job=healthcheck.*']);
    expect(stdout).toBe(shippedRule(ALERTS));
  });

  test('counts where it is compared what is written', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const write = ['rules', `--write=${directory.path}`];
    expect((await runCliInProcess([...write, '--job=x'])).code).toBe(0);
    expect((await runCliInProcess([...write, '--job=x'])).stdout).toContain('unchanged');
    expect((await runCliInProcess(write)).code).toBe(2);
  });
});

test('a process prints what is shipped, byte for byte', async () => {
  const { code, stdout, stderr } = await runExporter(['rules']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(shippedRule(ALERTS));
});

test('a reader that has had enough is no error', async () => {
  const script = '("$0" "$1" dashboards; echo "exit code $?" >&2) | true';
  const child = await forThisTest(startChild('sh', ['-c', script, process.execPath, MAIN]));
  await child.ended;
  expect(child.stderr()).toBe('exit code 0\n');
});

/** Every expression of a rule file. */
function expressionsOf(text: string): string {
  const { groups } = load(text) as { groups: { rules: { expr: string }[] }[] };
  return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)).join('\n');
}
