import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { PROBERS } from '../../src/probers/index.ts';

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
});
