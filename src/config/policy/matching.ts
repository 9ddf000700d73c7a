import { isIP } from 'node:net';
import { matchesGlob } from '../../lib/glob.ts';
import type { Place } from '../../probers/shared/gate.ts';
import { normalHost, type PolicyEntry } from './entry.ts';
import { contains, type Network } from './network.ts';
import type { Range } from './ranges.ts';

/** Who asks for a place. */
export interface Asker {
  /** The name of the module. */
  readonly module: string;
  /** The name that the target is to be asked for, where that is not its own. */
  readonly hostname: string | undefined;
}

/** Whether all conditions of an entry hold for a place, but for those on its address. */
export function holdsBesideNetworks(
  { hosts, ports, schemes, modules }: PolicyEntry,
  { scheme, host, port }: Place,
  { module }: Asker,
): boolean {
  return (
    (!modules || namesModule(modules, module)) &&
    (!schemes || schemes.includes(scheme)) &&
    (!ports || ports.some(([from, to]) => port >= from && port <= to)) &&
    (!hosts || namesHost(hosts, host))
  );
}

/** Whether one of the patterns stands for a host. */
export function namesHost(patterns: readonly string[], host: string): boolean {
  const name = isIP(host) ? host : (normalHost(host) ?? host.toLowerCase());
  return patterns.some((pattern) => matchesGlob(pattern, name));
}

/** Whether one of the patterns stands for a module. */
export function namesModule(patterns: readonly string[], module: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, module));
}

/** A network of one of these ranges with one of these addresses in it, and the range. */
export function findNetwork(
  ranges: readonly Range[],
  addresses: readonly (readonly number[])[],
): { readonly range: Range; readonly network: Network } | undefined {
  for (const range of ranges) {
    for (const network of range.networks) {
      if (addresses.some((address) => contains(network, address))) return { range, network };
    }
  }
  return undefined;
}

/** As a sentence names it: `private (10.0.0.0/8)`. */
export function namedNetwork({
  range,
  network,
}: NonNullable<ReturnType<typeof findNetwork>>): string {
  return range.text === network.text ? range.text : `${range.text} (${network.text})`;
}
