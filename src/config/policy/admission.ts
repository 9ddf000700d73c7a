import type { Check, Config, Module } from '../check.ts';
import type { ProbeRequest } from '../on-demand.ts';
import type { PolicyEntry } from './entry.ts';
import { namesHost, namesModule } from './matching.ts';
import { PolicyGate } from './policy-gate.ts';

/** The flag that lets modules with credentials go to any target, as it is written. */
export const CREDENTIALS_FLAG = '--probe.credentials-to-any-target';

/** What the operator says beside the file. */
export interface AdmissionTerms {
  /** {@link CREDENTIALS_FLAG}. */
  readonly credentialsToAnyTarget: boolean;
  /** The parameter `hostname`. Empty: none. */
  readonly hostname: string;
}

/** Why a request to `/probe` is refused, or the gate that its probe goes through. */
export type Admission = { readonly refusal: string } | { readonly gate: PolicyGate };

/**
 * Decides what can be decided before a probe begins: by module, by what stands in `checks:`, by credentials. The gate
 * decides about every place that the probe then comes to.
 */
export function admit(
  { probePolicy, checks }: Pick<Config, 'probePolicy' | 'checks'>,
  { module, target }: Pick<ProbeRequest, 'module' | 'target'>,
  { credentialsToAnyTarget, hostname }: AdmissionTerms,
): Admission {
  const { configured_only: configuredOnly, deny, allow } = probePolicy;
  const credential = module.prober.credentialOption?.(module.options as never);
  if (configuredOnly) {
    const refusal = notConfigured(checks, { module, target, hostname, credential });
    if (refusal !== undefined) return { refusal: `probe_policy refuses the target: ${refusal}` };
  }
  const name = withoutPort(hostname);
  const asker = { module: module.name, hostname: name || undefined };
  if (module.prober.isLocal) {
    const refusal = localRefusal(module, deny, allow);
    return refusal === undefined ? { gate: new PolicyGate(NO_RULES, asker) } : { refusal };
  }
  if (credential === undefined || credentialsToAnyTarget || configuredOnly) {
    return { gate: new PolicyGate(probePolicy, asker) };
  }
  const narrow = allow.filter(limitsTargets(module.name));
  if (narrow.length === 0) return { refusal: credentialRefusal(module, credential) };
  // A server of many names, as of a content network, hands what it is sent to whoever has the name it is asked for.
  const named = narrow.filter(({ hosts }) => !hosts || name === '' || namesHost(hosts, name));
  if (named.length === 0) return { refusal: hostnameRefusal(module, credential) };
  return { gate: new PolicyGate({ deny, allow: named }, asker) };
}

/** The name in a `Host` header. */
function withoutPort(hostname: string): string {
  return hostname.trim().replace(/:\d*$/, '');
}

const NO_RULES = { deny: [], allow: [] };

interface Asked {
  readonly module: Module;
  readonly target: string;
  readonly hostname: string;
  readonly credential: string | undefined;
}

function notConfigured(
  checks: readonly Check[],
  { module, target, hostname, credential }: Asked,
): string | undefined {
  if (hostname !== '') return '"configured_only" takes no parameter "hostname"';
  const sameTarget = checks.filter((check) => check.target.reveal() === target);
  if (sameTarget.length === 0) return '"configured_only" is set, and no check has this target';
  const needsModule = credential !== undefined || module.prober.isLocal;
  if (!needsModule || sameTarget.some((check) => check.module.name === module.name)) {
    return undefined;
  }
  return `"configured_only" is set, and no check has this target with the module ${JSON.stringify(module.name)}`;
}

/** What looks at this host is opened module by module: a pattern may be meant for others. */
function localRefusal(
  { name, prober }: Module,
  deny: readonly PolicyEntry[],
  allow: readonly PolicyEntry[],
): string | undefined {
  const isAbout = ({ networks, hosts, ports }: PolicyEntry) => !networks && !hosts && !ports;
  const speaks = ({ schemes }: PolicyEntry) =>
    !schemes || (prober.name === 'unix' && schemes.includes('unix'));
  const about = (entries: readonly PolicyEntry[]) =>
    entries.filter((entry) => isAbout(entry) && speaks(entry));
  const isDenied = about(deny).some(({ modules }) => !modules || namesModule(modules, name));
  const isAllowed = about(allow).some(({ modules }) => modules?.includes(name));
  if (isAllowed && !isDenied) return undefined;
  const why = isDenied ? '"deny" has it' : 'an entry of "allow" has to name it, as in';
  const how = isDenied ? '' : ` {modules: [${name}]}`;
  return `probe_policy refuses the module ${JSON.stringify(name)}, which looks at the exporter's own host: ${why}${how}`;
}

/** Whether an entry says whom a credential may go to: one that covers every host does not, unless it names the module. */
function limitsTargets(module: string): (entry: PolicyEntry) => boolean {
  return ({ networks, hosts, modules }) =>
    modules?.includes(module) === true ||
    (networks?.every((range) => range.networks.every(({ bits }) => bits > 0)) ?? false) ||
    (hosts?.every((pattern) => /[^*.]/.test(pattern)) ?? false);
}

function credentialRefusal(module: Module, option: string): string {
  return (
    `${holding(module, option)}, which would go to any target that is asked for: ` +
    `list the targets in probe_policy.allow, or start the exporter with ${CREDENTIALS_FLAG}`
  );
}

function hostnameRefusal(module: Module, option: string): string {
  return (
    `${holding(module, option)}, which would go to whoever has the name that "hostname" gives: ` +
    `list that host in probe_policy.allow too, or start the exporter with ${CREDENTIALS_FLAG}`
  );
}

function holding({ name, prober }: Module, option: string): string {
  return `the module ${JSON.stringify(name)} holds a credential (${prober.name}.${option})`;
}
