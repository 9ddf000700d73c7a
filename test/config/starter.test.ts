import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { disksSection } from '../../src/config/starter/disks.ts';
import { hostSection } from '../../src/config/starter/host.ts';
import { parseTable } from '../../src/config/starter/listeners.ts';
import { STARTER_MODULES } from '../../src/config/starter/modules.ts';
import { portsSection } from '../../src/config/starter/ports.ts';
import { renderStarter } from '../../src/config/starter/render.ts';
import type { Section, Suggestion } from '../../src/config/starter/section.ts';
import { unitsSection } from '../../src/config/starter/units.ts';
import { fixtureHost } from '../support/fixture-tree.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { schemaChecker } from '../support/schema-checker.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const never = new AbortController().signal;
const parse = (text: string) => parseConfig({ file: 'starter.yml', text });
const named = (found: string) => ({ found, file: 'healthcheck.yml' });
const section = (...suggestions: Suggestion[]): Section => ({
  title: 'Some',
  intro: 'What there is.',
  suggestions,
  remarks: [],
});

describe('the disks of a host', () => {
  const MOUNTS = [
    '21 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '22 21 0:5 / /dev rw - devtmpfs udev rw',
    '23 21 0:6 / /run rw - tmpfs tmpfs rw',
    '24 21 8:2 / /var/lib/data\\040one rw - xfs /dev/sdb rw',
    '25 21 8:2 /sub /srv/data rw - xfs /dev/sdb rw',
    '26 21 8:1 /var/lib/docker/x /var/lib/docker/x rw - ext4 /dev/sda1 rw',
    '27 21 0:40 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw',
    '28 21 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro',
    '29 21 0:41 / /mnt/files rw - nfs4 files:/ rw',
    '30 21 8:3 / /mnt/archive ro - ext4 /dev/sdc ro',
    '31 21 8:4 / /mnt/hidden rw - ext4 /dev/sdd rw',
    '32 21 0:42 / /mnt/hidden rw - tmpfs none rw',
    '33 21 8:5 / /var/lib/kubelet/pods/1/volume rw - ext4 /dev/sde rw',
    '34 21 8:6 / /etc/hosts rw - ext4 /dev/sdf rw',
  ];
  const disks = async (lines: readonly string[]) =>
    disksSection(await fixtureHost({ 'proc/self/mountinfo': `${lines.join('\n')}\n` }));

  test('are those that can fill up, each once', async () => {
    expect((await disks(MOUNTS)).suggestions).toEqual([
      suggested('/', 'ext4 on /dev/sda1'),
      suggested('/mnt/archive', 'ext4 on /dev/sdc, read-only', {}, {}),
      suggested('/mnt/files', 'nfs4 on files:/', { timeout: '10s' }),
      suggested('/srv/data', 'xfs on /dev/sdb'),
    ]);
  });

  test('are few, the rest is named', async () => {
    const many = Array.from(
      { length: 50 },
      (_, index) => `${index} 1 9:${index} / /volumes/${index} rw - zfs pool/${index} rw`,
    );
    const { suggestions, remarks } = await disks(many);
    expect(suggestions).toHaveLength(20);
    expect(remarks[0]).toMatch(/^Not listed above: \/volumes\/27, .* and 10 more\.$/);
  });

  function suggested(
    target: string,
    aside: string,
    timeout = {},
    readOnly: object = { fail_if_read_only: true },
  ) {
    const disk = { max_used_percent: 90, max_inodes_used_percent: 90, ...readOnly };
    return { check: { name: `Disk ${target}`, target, prober: 'disk', ...timeout, disk }, aside };
  }
});

describe('the ports of a host', () => {
  const HEADER =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  const line = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0`;
  // As the kernel of a little-endian machine prints them.
  const TCP = [HEADER, line('00000000:0016', '0A', 11), line('0100007F:1F90', '01', 12)].join('\n');
  const TCP6 = [
    HEADER,
    line('00000000000000000000000000000000:0016', '0A', 13),
    line('0000000000000000FFFF00000100007F:14EB', '0A', 14),
    line('B80D0120000000000000000001000000:0035', '0A', 15),
    line('000080FE000000000000000001000000:0050', '0A', 16),
  ].join('\n');

  test('are read from the tables of the kernel', () => {
    expect(parseTable(`${TCP}\n${TCP6}\nnonsense\n`)).toEqual([
      { address: '0.0.0.0', port: 22, inode: '11' },
      { address: '::', port: 22, inode: '13' },
      { address: '127.0.0.1', port: 5355, inode: '14' },
      { address: '2001:db8::1', port: 53, inode: '15' },
      { address: 'fe80::1', port: 80, inode: '16' },
    ]);
  });

  test('are asked where they can be reached', async () => {
    const { suggestions } = await portsSection(never, await host({ tcp: TCP, tcp6: TCP6 }));
    expect(
      suggestions.map(({ check, isUncertain }) => [check.name, check.target, !isUncertain]),
    ).toEqual([
      ['SSH on port 22', '127.0.0.1:22', true],
      ['DNS on [2001:db8::1]:53', '[2001:db8::1]:53', true],
      ['HTTP on [fe80::1]:80', 'http://[fe80::1]/', false],
      ['Port 5355', '127.0.0.1:5355', true],
      ['Exporter', 'http://127.0.0.1:10195/-/healthy', false],
    ]);
  });

  test('have the name of their program, without what a runtime adds to it', async () => {
    const roots = await host({ tcp: TCP, tcp6: TCP6 });
    const process = join(roots.proc, '42');
    await mkdir(join(process, 'fd'), { recursive: true });
    await writeFile(join(process, 'comm'), 'node-MainThread\n');
    await symlink('socket:[14]', join(process, 'fd', '3'));
    const { suggestions } = await portsSection(never, roots);
    expect(suggestions.map(({ check }) => check.name)).toContain('node on port 5355');
  });

  test('are few, the rest is named; the exporter is found where it runs', async () => {
    const ports = [10_195, ...Array.from({ length: 100 }, (_, index) => 10_200 + index)];
    const lines = ports.map((port, index) =>
      line(`0100007F:${port.toString(16).toUpperCase()}`, '0A', index),
    );
    const found = await portsSection(never, await host({ tcp: lines.join('\n') }));
    expect(found.suggestions).toHaveLength(40);
    expect(found.suggestions[0]).toEqual({
      check: {
        name: 'Exporter on port 10195',
        target: 'http://127.0.0.1:10195/-/healthy',
        module: 'http_any_answer',
      },
    });
    expect(found.remarks[0]).toMatch(/^Listening too: 10239, .* and 21 more\.$/);
  });

  function host(tables: Readonly<Record<string, string>>) {
    const files = Object.entries(tables).map(([name, text]) => [`proc/self/net/${name}`, text]);
    return fixtureHost({ 'proc/self/stat': '', ...Object.fromEntries(files) });
  }
});

describe('a host that cannot be looked at', () => {
  test('has comments in place of checks, and they load', async () => {
    const nothing = await fixtureHost({});
    const sections = [
      await hostSection(nothing),
      await disksSection(nothing),
      await portsSection(never, nothing),
    ];
    const text = renderStarter(named('nothing'), sections);
    expect(parse(text).checks).toEqual([]);
    expect(
      text.match(/# Not looked at: this host has no .*: the check needs Linux\./g),
    ).toHaveLength(3);
    expect(text).toMatch(/# - \{name: Memory,/);
  });

  test('and whose bus does not answer does not keep anybody waiting', async () => {
    const { path } = await forThisTest(temporaryDirectory());
    const sockets: Socket[] = [];
    const server = createServer(
      (socket) => void sockets.push(socket.on('error', () => {}).resume()),
    );
    await new Promise<void>((resolve) => server.listen(join(path, 'bus'), resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', `unix:path=${join(path, 'bus')}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const late = new AbortController();
    server.once('connection', () => late.abort());
    expect(await unitsSection(late.signal)).toMatchObject({
      suggestions: [],
      remarks: ['Not looked at: systemd has not answered in time.'],
    });
  });
});

describe('the file', () => {
  test('loads with every module that it may hold', () => {
    const suggestions = Object.keys(STARTER_MODULES).map((module) => {
      const target = module.startsWith('http') ? 'http://127.0.0.1/' : '127.0.0.1:1';
      return { check: { name: module, target, module } };
    });
    const text = renderStarter(named('it all'), [section(...suggestions)]);
    expect(schemaChecker(configJsonSchema())(text)).toBe('');
    const { checks, modules } = parse(text);
    expect(checks).toHaveLength(suggestions.length);
    expect([...modules.keys()]).toEqual(expect.arrayContaining(Object.keys(STARTER_MODULES)));
  });

  test('gives each check a name of its own', () => {
    const one = { check: { name: 'x'.repeat(300), prober: 'memory' } };
    const { checks } = parse(renderStarter(named('x'), [section(one, one), section(one)]));
    const short = 'x'.repeat(190);
    expect(checks.map(({ name }) => name)).toEqual([short, `${short} (2)`, `${short} (3)`]);
  });

  test.each([
    '\n- {name: x}',
    '\u0085',
    '\u2028',
    '\uFFFD',
    '\u001b[31m',
    '# x',
    "': x",
    'null',
    '"',
  ])('holds nothing that %j in a path has written', (hostile) => {
    const target = `/mnt/${hostile}`;
    const check = { name: `Disk ${target}`, target, prober: 'disk' };
    const note = `of ${hostile}`;
    const text = renderStarter({ found: hostile, file: hostile }, [
      section({ check, note, aside: hostile }),
    ]);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}]/u);
    const { checks } = parse(text);
    const found = checks.map(({ shownTarget }) => shownTarget);
    if (text.includes('# Left out, as its name cannot be written here: "/mnt/')) {
      expect(found).toEqual([]);
    } else expect(found).toEqual([target]);
  });

  test('has no line that is too long where it may be cut', () => {
    const aside = 'word '.repeat(50);
    const check = { name: 'Memory', prober: 'memory' };
    const text = renderStarter(named('a host'), [section({ check, aside, note: aside })]);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });
});

test('the commands of its head name a file with spaces and quotes as one word', () => {
  const text = renderStarter({ found: 'nothing', file: "my check's.yml" }, []);
  expect(text).toContain(
    String.raw`check --config.file='my check'\''s.yml'   run every check once`,
  );
});
