import { PROBERS } from '../probers/index.ts';
import type { Module } from './check.ts';
import type { Diagnostics } from './diagnostics.ts';
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
