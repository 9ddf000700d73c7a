import { dump } from 'js-yaml';
import { writeDuration } from '../lib/duration.ts';
import { Secret } from '../lib/secret.ts';
import { writtenAs } from '../probers/shared/options.ts';
import type { Check, Config, Module } from './check.ts';
import { maskUrls } from './mask.ts';
import { writtenPolicy } from './policy/probe-policy.ts';
import { pathKey } from './written.ts';

/** The configuration in force as YAML, with the options that have a default, without secrets. */
export function printConfig(config: Config): string {
  const { concurrency, maxResultAgeSeconds, latencyBuckets, probePolicy, checks, modules } = config;
  return write({
    concurrency,
    max_result_age: writeDuration(maxResultAgeSeconds),
    latency_buckets: latencyBuckets,
    probe_policy: writtenPolicy(probePolicy),
    checks: checks.map(checkEntry),
    modules: Object.fromEntries([...modules].map(([name, module]) => [name, moduleEntry(module)])),
  });
}

/** A module as it would stand in the file, with the options that have a default, without secrets. */
export function printModule(module: Module): string {
  return write(moduleEntry(module));
}

function checkEntry({ name, shownTarget, module, timeoutSeconds, labels }: Check): object {
  return {
    name,
    target: shownTarget || undefined,
    ...(module.name === '' ? moduleEntry(module) : { module: module.name }),
    timeout: writeDuration(timeoutSeconds),
    labels,
  };
}

function moduleEntry({ prober, options, timeoutSeconds, written }: Module): object {
  const block = Object.entries(options as object).map(([name, value]) => [
    name,
    printable(writtenAs(prober.options.shape[name], value), { written, path: [name] }),
  ]);
  return {
    prober: prober.name,
    timeout: timeoutSeconds === undefined ? undefined : writeDuration(timeoutSeconds),
    [prober.name]: Object.fromEntries(block),
  };
}

function write(value: object): string {
  return dump(printable(value), { lineWidth: -1, noRefs: true });
}

interface Place {
  readonly written: Module['written'];
  readonly path: readonly PropertyKey[];
}

const ELSEWHERE: Place = { written: undefined, path: [] };

/** The value as plain data; what is not set is left out, and what came from the environment stands as in the file. */
function printable(value: unknown, { written, path }: Place = ELSEWHERE): unknown {
  if (value === undefined || value === null) return undefined;
  const asWritten = written?.get(pathKey(path));
  if (asWritten !== undefined) return value instanceof Secret ? `${value}` : maskUrls(asWritten);
  const inside = (inner: unknown, key: PropertyKey) =>
    printable(inner, { written, path: written ? [...path, key] : path });
  if (typeof value === 'string') return maskUrls(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  // Secrets, expressions and conditions say themselves how they may be shown.
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  if (Array.isArray(value)) return value.map(inside);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const shown = inside(inner, name);
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}
