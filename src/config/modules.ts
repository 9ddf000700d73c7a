import { PROBERS } from '../probers/index.ts';
import type { Module } from './check.ts';
import type { Diagnostics } from './diagnostics.ts';
import { show } from './explain.ts';
import { moduleSchema } from './schema.ts';

/** Reads one entry of `modules:`. Blocks of other probers are tolerated, as blackbox_exporter does. */
export function readModule(
  name: string,
  value: unknown,
  diagnostics: Diagnostics,
): Module | undefined {
  const path = ['modules', name];
  const parsed = diagnostics.parse(moduleSchema, value, path);
  return parsed && moduleOf(name, parsed.prober, parsed, diagnostics, path);
}

/**
 * A module of an entry's `prober:`, `timeout:` and option block.
 *
 * @param entry what the entry's schema gave: the block, where there is one, is parsed already.
 */
export function moduleOf(
  name: string,
  proberName: string,
  entry: { readonly timeout?: number | undefined; readonly [block: string]: unknown },
  diagnostics: Diagnostics,
  path: readonly PropertyKey[],
): Module | undefined {
  const prober = PROBERS.find((candidate) => candidate.name === proberName);
  if (!prober) return undefined;
  // Without a block the schema's own defaults apply; a required option is then missing at the entry itself.
  const options = entry[proberName] ?? diagnostics.parse(prober.options, {}, [...path, proberName]);
  if (options === undefined) return undefined;
  const written = diagnostics.writtenBelow([...path, proberName]);
  return { name, prober, options, timeoutSeconds: entry.timeout || undefined, written };
}

/** A problem at a value that names no module: which one may be meant, or which there are. */
export function addUnknownModule(
  name: string,
  at: readonly PropertyKey[],
  modules: ReadonlyMap<string, unknown>,
  diagnostics: Diagnostics,
): void {
  const known = [...modules.keys()].filter((one) => one !== '');
  const near = diagnostics.suggest(name, known) || `, known are ${listed(known)}`;
  diagnostics.add(at, `unknown module ${show(diagnostics.standIn(at) ?? name)}${near}`);
}

const MAX_LISTED = 20;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  const shown = names.slice(0, MAX_LISTED).map(show).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
