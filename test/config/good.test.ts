import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Check, Config, Module } from '../../src/config/check.ts';
import { embeddedConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { Secret } from '../../src/lib/secret.ts';
import { http } from '../../src/probers/http.ts';

describe('the example of the design', () => {
  const config = goodFile('design.yml');

  test('gives the settings of the file', () => {
    expect(config).toMatchObject({
      concurrency: 16,
      maxResultAgeSeconds: 120,
      latencyBuckets: [0.005, 0.1, 1, 10],
    });
  });

  test('gives the checks in their order, with prober, target and timeout', () => {
    const told = config.checks.map(({ name, module, target, timeoutSeconds }) => [
      name,
      module.prober.name,
      target.reveal(),
      timeoutSeconds,
    ]);
    expect(told).toEqual([
      ['Main Website', 'http', 'https://example.com', 5],
      ['API Health', 'http', 'https://api.example.com/health', 5],
      ['SSH', 'tcp', 'localhost:22', 3],
      ['Nginx Service', 'systemd', 'nginx.service', 5],
      ['Disk Space', 'disk', '/', 5],
      ['Memory Usage', 'memory', '', 5],
      ['CPU Usage', 'cpu', '', 5],
      ['Slow Page', 'http', 'https://example.com/slow', 30],
    ]);
  });

  test('gives the options of each prober, defaults filled in', () => {
    expect(optionsOf(config, 'API Health')).toMatchObject({
      valid_status_codes: [200],
      method: 'GET',
    });
    expect(optionsOf(config, 'Nginx Service')).toEqual({
      expected_states: ['active'],
      user: false,
    });
    expect(optionsOf(config, 'Disk Space')).toMatchObject({ max_used_percent: 80 });
    expect(optionsOf(config, 'Memory Usage')).toMatchObject({ max_used_percent: 90 });
    expect(optionsOf(config, 'CPU Usage')).toMatchObject({ max_used_percent: 80, interval: 1 });
  });

  test('gives each series its labels', () => {
    expect(checkOf(config, 'Main Website').seriesLabels).toEqual({
      check: 'Main Website',
      target: 'https://example.com',
      prober: 'http',
      team: 'web',
    });
    expect(checkOf(config, 'CPU Usage').seriesLabels).toEqual({
      check: 'CPU Usage',
      prober: 'cpu',
    });
  });

  test('names a module where the check does, and none for one written in place', () => {
    expect(checkOf(config, 'Main Website').module.name).toBe('http_2xx');
    expect(checkOf(config, 'API Health').module.name).toBe('');
    expect(checkOf(config, 'Slow Page').module).toBe(config.modules.get('slow'));
  });
});

describe('a modules file of blackbox_exporter', () => {
  const { checks, modules } = goodFile('blackbox.yml');

  test('loads as it is, beside the built-in modules', () => {
    expect(checks).toEqual([]);
    expect([...modules.keys()]).toEqual([
      'http_2xx',
      'http_post_2xx',
      'tcp_connect',
      'pop3s_banner',
      'grpc',
      'grpc_plain',
      'ssh_banner',
      'ssh_banner_extract',
      'irc_banner',
      'icmp',
      'icmp_ttl5',
      'websocket',
      'postgresql',
      'http_2xx_custom',
      'http_post_2xx_custom',
      'http_bearer',
      'http_empty_block',
      'tcp_connect_custom',
      'smtp_starttls',
      'binary_handshake',
      'irc_banner_custom',
    ]);
  });

  test('gives durations in seconds, sizes in bytes and booleans of YAML 1.1', () => {
    const { timeoutSeconds, options } = moduleOf(modules, 'http_2xx_custom');
    expect(timeoutSeconds).toBe(5);
    expect(options).toMatchObject({
      body_size_limit: 10 * 1024 * 1024,
      follow_redirects: true,
      fail_if_not_ssl: false,
      preferred_ip_protocol: 'ip4',
      ip_protocol_fallback: false,
    });
    expect(moduleOf(modules, 'http_post_2xx_custom').timeoutSeconds).toBe(1.5);
  });

  test('takes a block left empty for one that is not there', () => {
    expect(moduleOf(modules, 'http_empty_block').options).toEqual(http.options.parse({}));
    expect(moduleOf(modules, 'http_empty_block').timeoutSeconds).toBeUndefined();
  });

  test('keeps the bytes of !!binary', () => {
    const { query_response: steps } = moduleOf(modules, 'binary_handshake').options as {
      query_response: [{ send: Secret<Buffer> }, { expect_bytes: Buffer }];
    };
    expect(steps[0].send.reveal()).toEqual(Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]));
    expect(steps[1].expect_bytes).toEqual(Buffer.from('S'));
  });

  test('prints none of its secrets', () => {
    const printed = JSON.stringify([...modules.values()].map(({ options }) => options));
    expect(printed).not.toMatch(/correct-horse|battery-staple|vhost/);
  });
});

describe('a module of the file', () => {
  test('wins over the built-in one of its name', () => {
    const { modules } = parse('modules: {http_2xx: {prober: tcp, timeout: 1s}}');
    expect(moduleOf(modules, 'http_2xx')).toMatchObject({ timeoutSeconds: 1, name: 'http_2xx' });
    expect(moduleOf(modules, 'http_2xx').prober.name).toBe('tcp');
  });

  test('may carry the blocks of other probers', () => {
    const { modules } = parse('modules: {web: {prober: http, tcp: {tls: true}}}');
    expect(moduleOf(modules, 'web').prober.name).toBe('http');
  });

  test('sets no limit with a timeout of 0', () => {
    const { modules } = parse('modules: {web: {prober: http, timeout: 0s}}');
    expect(moduleOf(modules, 'web').timeoutSeconds).toBeUndefined();
  });

  test('may be written once and merged into others', () => {
    const { modules } = parse(`
modules:
  base: &base {prober: http, timeout: 2s, http: {method: HEAD}}
  other: {<<: *base, timeout: 4s}
`);
    expect(moduleOf(modules, 'other')).toMatchObject({
      timeoutSeconds: 4,
      options: { method: 'HEAD' },
    });
  });
});

describe('a check', () => {
  test('takes its own timeout before the one of its module', () => {
    const { checks } = parse(`
modules: {slow: {prober: tcp, timeout: 30s}}
checks:
  - {name: module's, target: "a:1", module: slow}
  - {name: own, target: "a:1", module: slow, timeout: 1s}
`);
    expect(checks.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([30, 1]);
  });

  test.each([
    ['500ms', 0.5],
    ['5s', 5],
    ['1m30s', 90],
    ['1h', 3600],
    ['1d', 86_400],
    ['1w', 604_800],
    ['1y', 31_536_000],
    ['1h0m5s', 3605],
    ['1.5s', 1.5],
    ['0.25m', 15],
    ['"5s"', 5],
  ])('takes the timeout %s', (written, seconds) => {
    const { checks } = parse(
      `checks: [{name: a, target: "a:1", prober: tcp, timeout: ${written}}]`,
    );
    expect(checks[0]?.timeoutSeconds).toBe(seconds);
  });

  test.each([
    ['true', true],
    ['True', true],
    ['yes', true],
    ['Yes', true],
    ['on', true],
    ['false', false],
    ['no', false],
    ['OFF', false],
    ['"no"', false],
  ])('takes the boolean %s', (written, value) => {
    const { checks } = parse(
      `checks: [{name: a, target: /, prober: disk, disk: {fail_if_read_only: ${written}}}]`,
    );
    expect(checks[0]?.module.options).toMatchObject({ fail_if_read_only: value });
  });

  test.each([
    ['plain words', 'plain words'],
    ['"double \\"quoted\\" \\u00e9"', 'double "quoted" é'],
    ["'it''s single'", "it's single"],
    ['"#1: first"', '#1: first'],
    ['"  in spaces "', 'in spaces'],
    ['東京 👩‍🚀', '東京 👩‍🚀'],
    ['"8080"', '8080'],
    ['yes', 'yes'],
    ['2024-01-31', '2024-01-31'],
    ['12:30:45', '12:30:45'],
    ['>-\n      folded\n      over lines', 'folded over lines'],
    ['&anchor named', 'named'],
    ['!!str 8080', '8080'],
  ])('takes the name %s', (written, name) => {
    const { checks } = parse(`checks:\n  - prober: cpu\n    name: ${written}\n`);
    expect(checks[0]?.name).toBe(name);
  });

  test('may have labels whose names look like something of JavaScript', () => {
    const { checks } = parse(
      'checks: [{name: a, prober: cpu, labels: {constructor: x, toString: y}}]',
    );
    expect(checks[0]?.seriesLabels).toMatchObject({ constructor: 'x', toString: 'y' });
  });

  test('shows its target without credentials', () => {
    const { checks } = parse(`
checks:
  - {name: a, target: "https://monitor:correct-horse@example.com/?token=battery-staple&page=2", prober: http}
  - {name: b, target: "monitor:correct-horse@example.com/users/@me", prober: http}
  - {name: c, target: https://example.com/users/@me, prober: http}
  - {name: d, target: getty@tty1.service, prober: systemd}
`);
    expect(checks.map(({ shownTarget }) => shownTarget)).toEqual([
      'https://<secret>@example.com/?token=<secret>&page=2',
      '<secret>@example.com/users/@me',
      'https://example.com/users/@me',
      'getty@tty1.service',
    ]);
    expect(checks.map(({ seriesLabels }) => seriesLabels.target)).toEqual(
      checks.map(({ shownTarget }) => shownTarget),
    );
    expect(checks[0]?.target.reveal()).toContain('correct-horse');
  });

  test('keeps its identity in another place of the file, and changes it with its labels', () => {
    const identity = (text: string) => checkOf(parse(text), 'a').identity;
    const first = identity('checks: [{name: a, prober: cpu, labels: {x: "1", y: "2"}}]');
    const moved = identity(
      'checks: [{name: b, prober: cpu}, {labels: {y: "2", x: "1"}, prober: cpu, name: a, timeout: 1s}]',
    );
    expect(moved).toBe(first);
    expect(identity('checks: [{name: a, prober: cpu, labels: {x: "1"}}]')).not.toBe(first);
  });
});

describe('a file', () => {
  test.each([
    ['a byte order mark', '\uFEFFchecks: [{name: a, prober: cpu}]'],
    ['lines that end as in Windows', 'checks:\r\n  - name: a\r\n    prober: cpu\r\n'],
    ['a document marker', '---\nchecks: [{name: a, prober: cpu}]\n...\n'],
    ['a directive', '%YAML 1.2\n---\nchecks: [{name: a, prober: cpu}]\n'],
    ['JSON', '{"checks":[{"name":"a","prober":"cpu"}]}'],
    ['keys in quotes', '"checks": [{"name": a, \'prober\': cpu}]'],
    ['aliases', 'checks: [{name: &n a, prober: cpu, labels: {team: *n}}]'],
    ['no line end at its end', 'checks:\n- name: a\n  prober: cpu'],
    ['modules without an entry', 'modules:\nchecks: [{name: a, prober: cpu}]'],
  ])('may have %s', (_, text) => {
    expect(parse(text).checks.map(({ name }) => name)).toEqual(['a']);
  });

  test('needs no settings: they have defaults', () => {
    expect(parse('checks: []')).toMatchObject({
      concurrency: 64,
      maxResultAgeSeconds: 300,
      latencyBuckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      checks: [],
    });
  });
});

describe('without a file', () => {
  test('this host is checked, and the exporter itself where it serves', () => {
    expect(embeddedConfig().checks.map(({ name }) => name)).toEqual([
      'Disk Space',
      'Memory Usage',
      'CPU Usage',
    ]);
    const serving = embeddedConfig({
      url: 'http://127.0.0.1:10195/-/healthy',
      isGuarded: false,
    });
    expect(checkOf(serving, 'Exporter').target.reveal()).toBe('http://127.0.0.1:10195/-/healthy');
  });
});

function goodFile(file: string): Config {
  const path = join(import.meta.dirname, 'good', file);
  return parseConfig({ file, text: readFileSync(path, 'utf8') });
}

function parse(text: string): Config {
  return parseConfig({ file: 'test.yml', text });
}

function checkOf({ checks }: Config, name: string): Check {
  const check = checks.find((candidate) => candidate.name === name);
  if (!check) throw new Error(`no check ${name}`);
  return check;
}

function optionsOf(config: Config, name: string): unknown {
  return checkOf(config, name).module.options;
}

function moduleOf(modules: Config['modules'], name: string): Module {
  const module = modules.get(name);
  if (!module) throw new Error(`no module ${name}`);
  return module;
}
