import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import type {
  IProbe,
  IPrometheusRule,
  IServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { dump } from 'js-yaml';
import type { IDaemonSet, IDeployment } from 'kubernetes-models/apps/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IConfigMap, IService } from 'kubernetes-models/v1';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { renderPrometheusRules } from '../../tools/kubernetes-rules.ts';
import { readDockerfile, restsOf } from '../support/dockerfile.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { type KubernetesObject, problemsOf } from '../support/kubernetes.ts';
import { hasPrometheus, startPrometheus } from '../support/prometheus-server.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { isThorough } from '../support/thorough.ts';
import { readYaml, readYamlDocuments } from '../support/yaml.ts';

const run = promisify(execFile);
const DIRECTORY = 'examples/kubernetes';
const files = readdirSync(DIRECTORY).filter((file) => file !== 'kustomization.yaml');
const objects = files.flatMap((file) =>
  readYamlDocuments<KubernetesObject>(`${DIRECTORY}/${file}`),
);
const ofKind = <T>(kind: string) => objects.filter((one) => one.kind === kind) as unknown as T[];
const workloads = [...ofKind<IDeployment>('Deployment'), ...ofKind<IDaemonSet>('DaemonSet')];
const byName = workloads.map((workload) => ({ name: workload.metadata?.name ?? '', workload }));
const kustomization = readYaml<{
  namespace: string;
  resources: string[];
  images: { name: string }[];
}>(`${DIRECTORY}/kustomization.yaml`);

/** Whether a selector chooses what has these labels. */
function selects(
  selector: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(selector ?? {}).every(([name, value]) => labels?.[name] === value);
}

test.each(objects.map((object) => ({ ...object, name: object.metadata.name })))(
  '$kind $name is what its schema wants, and no key is unknown',
  (object) => {
    const { name: _, ...given } = object;
    expect(problemsOf(given)).toEqual([]);
  },
);

test('a key that is misspelt or misplaced is found', () => {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { port: [] } };

  expect(problemsOf(object)).toEqual(['unknown key .spec.port']);
  expect(problemsOf({ ...object, spec: { ports: [{ name: 'http' }] } } as never)).toEqual([
    expect.stringContaining('port'),
  ]);
});

test('kustomization.yaml lists every file, and the image that the pods name', () => {
  const images = workloads.map(({ spec }) => spec?.template.spec?.containers[0]?.image);

  expect(kustomization.resources.toSorted()).toEqual(files.toSorted());
  expect(new Set(images)).toEqual(new Set(kustomization.images.map(({ name }) => name)));
});

describe.each(byName)('the pods of $name', ({ workload }) => {
  const template = workload.spec?.template;
  const pod = template?.spec;
  const [container] = pod?.containers ?? [];
  const user = restsOf(readDockerfile(), 'USER').at(-1)?.split(':').map(Number);

  test('are chosen by their own selector and by one service', () => {
    const services = ofKind<IService>('Service').filter(({ spec }) =>
      selects(spec?.selector, template?.metadata?.labels),
    );

    expect(selects(workload.spec?.selector.matchLabels, template?.metadata?.labels)).toBe(true);
    expect(services.map(({ metadata }) => metadata?.name)).toEqual([workload.metadata?.name]);
  });

  test('pass what Kubernetes calls restricted, as the user of the image', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: user?.[0], runAsGroup: user?.[1] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod).not.toHaveProperty('hostNetwork');
    expect(pod).not.toHaveProperty('hostPID');
  });

  test('listen where the image does, under the name that the probes ask', () => {
    expect(container?.ports).toEqual([
      { name: 'http', containerPort: Number(restsOf(readDockerfile(), 'EXPOSE')[0]) },
    ]);
    expect(container?.livenessProbe?.httpGet).toEqual({ path: '/-/healthy', port: 'http' });
    expect(container?.readinessProbe?.httpGet).toEqual({ path: '/-/ready', port: 'http' });
  });

  test('mount volumes that they have, each whole so that changes arrive', () => {
    const mounts = container?.volumeMounts ?? [];

    expect(mounts.map(({ name }) => name).toSorted()).toEqual(
      pod?.volumes?.map(({ name }) => name).toSorted(),
    );
    expect(mounts.filter(({ subPath }) => subPath !== undefined)).toEqual([]);
  });

  test('are given a configuration that loads, reloads, and names files and paths that are mounted', () => {
    const mounts = container?.volumeMounts ?? [];
    const flag = container?.args?.find((arg) => arg.startsWith('--config.file='));
    const [mount] = mounts.filter(({ name }) => name === 'config');
    const maps = ofKind<IConfigMap>('ConfigMap').filter(
      ({ metadata }) =>
        metadata?.name === pod?.volumes?.find(({ name }) => name === 'config')?.configMap?.name,
    );
    const text = maps[0]?.data?.['config.yml'] ?? '';
    const { checks } = parseConfig({ file: 'config.yml', text });
    const paths = text.match(/(?<=: )\/[\w./-]+/g) ?? [];

    expect(flag).toBe(`--config.file=${mount?.mountPath}/config.yml`);
    expect(container?.args).toContain('--config.enable-auto-reload');
    expect(checks.length).toBeGreaterThan(1);
    expect(
      paths.filter(
        (path) => !mounts.some(({ mountPath }) => `${path}/`.startsWith(`${mountPath}/`)),
      ),
    ).toEqual([]);
  });
});

describe('a disk of the node', () => {
  const [daemonSet] = ofKind<IDaemonSet>('DaemonSet');
  const pod = daemonSet?.spec?.template.spec;

  test('is seen through a directory of the exporter, which shows nothing else of it', () => {
    const paths = pod?.volumes?.flatMap(({ hostPath }) => hostPath ?? []);

    expect(paths).toEqual([{ path: '/var/lib/healthcheck-exporter', type: 'DirectoryOrCreate' }]);
  });
});

describe('who may talk to whom', () => {
  const [policy] = ofKind<INetworkPolicy>('NetworkPolicy');

  test('is ruled for all pods, in both directions', () => {
    for (const { spec } of workloads) {
      const labels = spec?.template.metadata?.labels;
      expect(selects(policy?.spec?.podSelector?.matchLabels, labels)).toBe(true);
    }
    expect(policy?.spec?.policyTypes).toEqual(['Ingress', 'Egress']);
  });

  test('is Prometheus alone for what comes in, on the port of the pods', () => {
    expect(policy?.spec?.ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: {
              matchLabels: { 'kubernetes.io/metadata.name': kustomization.namespace },
            },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
          },
        ],
        ports: [{ port: 'http' }],
      },
    ]);
  });

  test('leaves out where clouds hand out credentials', () => {
    const blocks = policy?.spec?.egress
      ?.flatMap(({ to }) => to ?? [])
      .flatMap(({ ipBlock }) => ipBlock ?? []);

    expect(blocks?.map(({ except }) => except?.length)).toEqual([1, 2]);
  });
});

describe('the Prometheus operator', () => {
  const selected = /job=~"(?<jobs>[^"]+)"/.exec(
    readFileSync('alert-rules/healthcheck-alerts.yml', 'utf8'),
  );
  const isSelected = (job = '') => new RegExp(`^(?:${selected?.groups?.jobs})$`).test(job);

  test('finds every service, by the name of a port that it has, as a job that the rules select', () => {
    const [monitor] = ofKind<IServiceMonitor>('ServiceMonitor');
    const services = ofKind<IService>('Service');

    expect(services).toHaveLength(2);
    for (const { metadata, spec } of services) {
      expect(selects(monitor?.spec?.selector.matchLabels, metadata?.labels)).toBe(true);
      expect(spec?.ports?.map(({ name }) => name)).toEqual(
        monitor?.spec?.endpoints?.map(({ port }) => port),
      );
      expect(isSelected(metadata?.labels?.[monitor?.spec?.jobLabel ?? ''])).toBe(true);
    }
  });

  test.skipIf(!isThorough || !hasPrometheus)(
    'calls the exporter on a node by the node, and the other one as the job of /probe does',
    async () => {
      const [monitor] = ofKind<IServiceMonitor>('ServiceMonitor');
      const [probe] = ofKind<IProbe>('Probe');
      const job = 'healthcheck-exporter';
      const static_configs = ofKind<IService>('Service').map(asDiscovered);
      const found = { job_name: job, static_configs, relabel_configs: relabelings(monitor) };
      const prometheus = await forThisTest(startPrometheus(`\n  - ${JSON.stringify(found)}`));

      await eventually(async () => {
        const up = (await prometheus.query('up')).map(({ labels }) => labels);
        const ofAll = { __name__: 'up', job, namespace: kustomization.namespace };
        const cluster = { ...ofAll, instance: probe?.spec?.prober?.url, pod: `${job}-x` };
        const node = { ...ofAll, instance: 'worker-1', pod: `${job}-node-x` };
        expect(up).toHaveLength(2);
        expect(up).toEqual(expect.arrayContaining([cluster, node]));
      });
    },
  );

  test('asks a service that is there for /probe, as a job that the rules select', () => {
    const [probe] = ofKind<IProbe>('Probe');
    const [service] = ofKind<IService>('Service');
    const { name } = service?.metadata ?? {};

    expect(probe?.spec?.prober?.url).toBe(
      `${name}.${kustomization.namespace}.svc:${service?.spec?.ports?.[0]?.port}`,
    );
    expect(isSelected(probe?.spec?.jobName)).toBe(true);
  });

  test('gets the rules as they are; if not, run "npm run kubernetes"', () => {
    const text = readFileSync(`${DIRECTORY}/prometheusrule.yaml`, 'utf8');

    expect(text).toBe(renderPrometheusRules());
    const rules = ofKind<IPrometheusRule>('PrometheusRule');
    const sources = rules.map(({ metadata }) => `alert-rules/${metadata?.name}.yml`);
    expect(rules.map(({ spec }) => spec)).toEqual(sources.map((file) => readYaml(file)));
    expect(sources.map((file) => basename(file))).toEqual(
      readdirSync('alert-rules').filter((file) => file.endsWith('.yml')),
    );
  });

  test.skipIf(!realPart('promtool', ['promtool']))('gets rules that Prometheus takes', async () => {
    await using directory = await temporaryDirectory();
    for (const { metadata, spec } of ofKind<IPrometheusRule>('PrometheusRule')) {
      const file = await directory.write(`${metadata?.name}.yml`, dump(spec));
      const { stdout } = await run('promtool', ['check', 'rules', file]);
      expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
    }
  });
});

/** A pod behind a service, with the labels that the operator's own relabelling adds. */
function asDiscovered({ metadata }: IService) {
  const { namespace } = kustomization;
  const service = metadata?.name ?? '';
  const pod = `${service}-x`;
  const labelsOfService = Object.entries(metadata?.labels ?? {}).map(([name, value]) => [
    `__meta_kubernetes_service_label_${name.replaceAll(/\W/g, '_')}`,
    value,
  ]);
  return {
    targets: ['127.0.0.1:1'],
    labels: {
      ...Object.fromEntries(labelsOfService),
      __meta_kubernetes_namespace: namespace,
      __meta_kubernetes_service_name: service,
      __meta_kubernetes_pod_name: pod,
      __meta_kubernetes_pod_node_name: 'worker-1',
      ...{ namespace, service, pod, container: 'exporter', endpoint: 'http' },
    },
  };
}

/** As the operator writes them for Prometheus: `sourceLabels` is `source_labels`. */
function relabelings(monitor: IServiceMonitor | undefined) {
  const [endpoint] = monitor?.spec?.endpoints ?? [];
  return endpoint?.relabelings?.map((relabeling) =>
    Object.fromEntries(
      Object.entries(relabeling).map(([key, value]) => [
        key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        value,
      ]),
    ),
  );
}
