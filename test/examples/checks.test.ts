import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { admit } from '../../src/config/policy/admission.ts';
import { PROBERS } from '../../src/probers/index.ts';

const POLICY_ANSWERS = [
  ['http_2xx', 'https', 'www.example.com', 443, true],
  ['http_2xx', 'https', 'www.example.com', 22, false],
  ['http_2xx', 'https', 'www.example.org', 443, false],
  ['http_2xx', 'http', '10.20.1.1', 80, false],
  ['tcp_connect', 'tcp', '10.20.1.1', 5432, true],
  ['tcp_connect', 'tcp', '10.20.1.1', 22, false],
  ['tcp_connect', 'tcp', '127.0.0.1', 5432, false],
  ['icmp', 'icmp', '10.20.1.1', 0, true],
  ['database_exporter', 'http', '10.30.0.9', 9187, true],
  ['database_exporter', 'http', '10.30.1.9', 9187, false],
  ['docker_socket', 'unix', '/run/docker.sock', 0, true],
] as const;

describe('an example configuration', () => {
  const proberFiles = PROBERS.map(({ name }) => `examples/probers/${name}.yml`);

  test.each(proberFiles)('%s loads and is about its prober', async (file) => {
    const { checks } = await loadConfig(file);

    expect(checks.length).toBeGreaterThan(0);
    expect(new Set(checks.map(({ module }) => module.prober.name))).toEqual(
      new Set([basename(file, '.yml')]),
    );
  });

  test('examples/healthcheck.yml replaces a cron script', async () => {
    const wanted = ['http', 'tcp', 'systemd', 'disk', 'memory', 'cpu'];
    const { checks } = await loadConfig('examples/healthcheck.yml');
    const counts = wanted.map(
      (name) => checks.filter(({ module }) => module.prober.name === name).length,
    );

    expect(counts).toEqual([3, 5, 3, 1, 1, 1]);
  });

  test('examples/probe-policy.yml opens what it says, and nothing else', async () => {
    const config = await loadConfig('examples/probe-policy.yml');
    const answers = POLICY_ANSWERS.map(([module, scheme, host, port]) => {
      const found = config.modules.get(module);
      if (!found) throw new Error(`there is no module ${module}`);
      const asked = { module: found, target: host };
      const admission = admit(config, asked, { credentialsToAnyTarget: false, hostname: '' });
      if ('refusal' in admission) return false;
      const place = { role: 'target', scheme, host, port } as const;
      const address = { ip: host.includes('example') ? '192.0.2.1' : host, family: 4 } as const;
      return admission.gate.refusal(place, address) === undefined;
    });
    expect(answers).toEqual(POLICY_ANSWERS.map(([, , , , isPermitted]) => isPermitted));
  });
});
