import { cut } from '../lib/cut.ts';
import type { Prober } from '../probers/contract.ts';
import type { Module } from './check.ts';
import { shownAs, targetProblem } from './target.ts';

/** blackbox_exporter's: what is meant where no module is named. */
export const DEFAULT_MODULE = 'http_2xx';

/** One probe that `/probe` or the command line asks for by module and target. */
export interface ProbeRequest {
  /** With the defaults of `/probe` filled in. */
  readonly module: Module;
  /** Empty for probers of this host. */
  readonly target: string;
  /** The target as it may be shown: without credentials. */
  readonly shownTarget: string;
}

/** A sentence that says what is wrong with a request. */
export interface Refusal {
  readonly problem: string;
}

/**
 * Makes a probe of what a request asks for.
 *
 * @param hostname the name to ask the target for where that is not its own: `Host` header, TLS name. Empty: its own.
 */
export function probeRequest(
  module: Module,
  target: string,
  hostname = '',
): ProbeRequest | Refusal {
  const { prober } = module;
  const wrong = prober.target ? targetProblem(prober.target, target) : undefined;
  const shownTarget = shownAs(target, prober, { isValid: wrong === undefined });
  if (wrong !== undefined) return { problem: `target ${shortened(shownTarget)} ${wrong}` };
  const options = withHostname(prober, withProbeDefaults(module), hostname);
  if (typeof options === 'string') return { problem: `hostname ${shortened(hostname)} ${options}` };
  return { module: { ...module, options }, target, shownTarget };
}

const MAX_SHOWN = 200;

function shortened(text: string): string {
  return JSON.stringify(cut(text, MAX_SHOWN));
}

// Made once: what probers remember of a configuration hangs on the identity of its objects.
const filled = new WeakMap<Module, unknown>();

function withProbeDefaults(module: Module): unknown {
  const { probeDefaults } = module.prober;
  if (!probeDefaults) return module.options;
  let options = filled.get(module);
  if (options === undefined) {
    const missing = Object.entries(probeDefaults).filter(
      ([name]) => (module.options as Record<string, unknown>)[name] === undefined,
    );
    options = { ...(module.options as object), ...Object.fromEntries(missing) };
    filled.set(module, options);
  }
  return options;
}

function withHostname(prober: Prober, options: unknown, hostname: string): unknown | string {
  if (hostname === '' || !prober.withHostname) return options;
  return prober.withHostname(options as never, hostname);
}
