import {
  Probe,
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { DaemonSet, Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';

/** An object as it stands in a file: what every kind has, and the rest. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

const MODELS = [
  ...[ConfigMap, DaemonSet, Deployment, NetworkPolicy, Probe, PrometheusRule, Service],
  ServiceMonitor,
];

/**
 * What the schema of its kind says against an object, and the keys that it does not know: Kubernetes would drop those
 * without a word, or refuse them.
 */
export function problemsOf(object: KubernetesObject): string[] {
  const { apiVersion, kind } = object;
  const Model = MODELS.find((model) => model.apiVersion === apiVersion && model.kind === kind);
  if (!Model) return [`no schema of ${apiVersion} ${kind} is at hand`];
  const model = new Model(object as never);
  const { watched, unread } = watchReads(model);
  try {
    Reflect.apply(model.validate, watched, []);
  } catch (error) {
    return [String(error)];
  }
  return unread().map((path) => `unknown key ${path}`);
}

/** The schemas are compiled into code that reads what it knows: what it never reads, it does not know. */
function watchReads(root: object): { watched: object; unread: () => string[] } {
  const reads = new Map<object, Set<PropertyKey>>();
  const watch = (target: object): object => {
    const read = reads.get(target) ?? new Set();
    reads.set(target, read);
    return new Proxy(target, {
      get: (_, key) => {
        read.add(key);
        const value: unknown = Reflect.get(target, key);
        return isObject(value) ? watch(value) : value;
      },
    });
  };
  const unreadBelow = (target: object, path: string): string[] =>
    Object.entries(target).flatMap(([key, value]) => {
      if (!reads.get(target)?.has(key)) return [`${path}.${key}`];
      return isObject(value) ? unreadBelow(value, `${path}.${key}`) : [];
    });
  return { watched: watch(root), unread: () => unreadBelow(root, '') };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
