import { describe, expect, test } from 'vitest';
import { readYaml } from '../support/yaml.ts';

const read = (path: string) =>
  readYaml<Record<string, Record<string, unknown>[]>>(`examples/grafana/provisioning/${path}`);

/** The settings that Grafana's provisioning knows of, as far as they are used or come to mind. */
const DATA_SOURCE = ['name', 'type', 'uid', 'url', 'access', 'isDefault', 'editable', 'jsonData'];
const PROVIDER = [
  'name',
  'folder',
  'folderUid',
  'type',
  'allowUiUpdates',
  'disableDeletion',
  'updateIntervalSeconds',
  'options',
];

describe('examples/grafana/provisioning', () => {
  test('brings a Prometheus under a uid that stays', () => {
    const { apiVersion, datasources } = read('datasources/healthcheck.yml');

    expect(apiVersion).toBe(1);
    expect(datasources).toHaveLength(1);
    expect(datasources?.[0]).toMatchObject({
      type: 'prometheus',
      uid: 'healthcheck-prometheus',
      url: 'http://prometheus:9090',
      isDefault: true,
    });
    expect(Object.keys(datasources?.[0] ?? {}).filter((key) => !DATA_SOURCE.includes(key))).toEqual(
      [],
    );
  });

  test('brings the dashboards, which only their files change', () => {
    const { apiVersion, providers } = read('dashboards/healthcheck.yml');

    expect(apiVersion).toBe(1);
    expect(providers).toHaveLength(1);
    expect(providers?.[0]).toMatchObject({
      type: 'file',
      allowUiUpdates: false,
      options: { path: '/var/lib/grafana/dashboards' },
    });
    expect(Object.keys(providers?.[0] ?? {}).filter((key) => !PROVIDER.includes(key))).toEqual([]);
  });
});
