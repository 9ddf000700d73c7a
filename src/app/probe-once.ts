import type { Module } from '../config/check.ts';
import { suggestion } from '../config/explain.ts';
import { probeRequest } from '../config/on-demand.ts';
import { admit } from '../config/policy/admission.ts';
import { createEngine, SILENT_LISTENER } from '../engine/engine.ts';
import type { Executed } from '../history/history.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import { type ConfigPlace, readConfig } from './configuration.ts';

/** One probe to be made as `/probe` would make it. */
export interface ProbeOnceOptions extends ConfigPlace {
  /** Empty for probers of this host. */
  readonly target: string;
  /** The name of a module. */
  readonly module: string;
  /** The name to ask the target for. Empty: its own. */
  readonly hostname: string;
  /** Caps the timeout of the module. */
  readonly timeoutSeconds: number;
  /** Whether a module that holds credentials may show them to any target. */
  readonly credentialsToAnyTarget: boolean;
  /** Ends the probe, and the waiting for a file that hangs. */
  readonly signal: AbortSignal;
}

/**
 * Makes one probe as `/probe` would, policy and all.
 *
 * @throws {ConfigError} with every problem of the configuration; an error that says why nothing was probed; the reason
 *   of `signal`.
 */
export async function probeOnce(options: ProbeOnceOptions): Promise<Executed> {
  const { target, hostname, timeoutSeconds, credentialsToAnyTarget, signal } = options;
  const config = await unlessAborted(readConfig(options), signal);
  const named = moduleOf(config.modules, options);
  if (target === '' && named.prober.target !== null) {
    const { example } = named.prober.target;
    throw new Error(`the module "${named.name}" needs a target, such as ${example}`);
  }
  const asked = probeRequest(named, target, hostname);
  if ('problem' in asked) throw new Error(asked.problem);
  const admission = admit(config, asked, { credentialsToAnyTarget, hostname });
  if ('refusal' in admission) throw new Error(admission.refusal);

  const { gate } = admission;
  const { module, shownTarget } = asked;
  let trouble: unknown;
  const engine = createEngine(config, {
    ...SILENT_LISTENER,
    troubled: (error) => {
      trouble = error;
    },
  });
  const seconds = Math.min(module.timeoutSeconds ?? Infinity, timeoutSeconds);
  const job = { prober: module.prober, target, options: module.options, gate };
  const outcome = await engine.probe(job, seconds, signal);
  signal.throwIfAborted();
  if (gate.refused?.role === 'target') throw new Error(gate.refused.sentence);
  if (!outcome) throw trouble;
  return { module, target: shownTarget, check: undefined, outcome };
}

function moduleOf(
  modules: ReadonlyMap<string, Module>,
  { module: name, configFile }: ProbeOnceOptions,
): Module {
  const module = modules.get(name);
  if (module) return module;
  const names = [...modules.keys()];
  const where = configFile === undefined ? '; --config.file names a file with more' : '';
  throw new Error(
    `unknown module "${name}"${suggestion(name, names)}, expected one of ${names.join(', ')}${where}`,
  );
}
