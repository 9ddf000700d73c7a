import { z } from 'zod';
import { boolean } from '../../probers/shared/options.ts';
import { type PolicyEntry, policyEntry, writtenEntry } from './entry.ts';

const entries = (description: string) =>
  z
    .array(policyEntry)
    .nullish()
    .transform((list) => list ?? [])
    .describe(description);

/** The file's key `probe_policy`: who may be probed through `/probe`. */
export const probePolicySchema = z.strictObject({
  configured_only: boolean()
    .default(false)
    .describe('Whether /probe takes only targets that stand in checks.'),
  deny: entries('Never probed, whatever else is said.'),
  allow: entries('Where it is not empty, nothing else is probed.'),
});

/** Where the file has none: only what is always denied is. */
export const DEFAULT_POLICY: ProbePolicy = { configured_only: false, deny: [], allow: [] };

/** {@link probePolicySchema} after parsing. */
export interface ProbePolicy {
  readonly configured_only: boolean;
  readonly deny: readonly PolicyEntry[];
  readonly allow: readonly PolicyEntry[];
}

/** A policy as it would stand in the file. */
export function writtenPolicy({ configured_only, deny, allow }: ProbePolicy): object {
  return { configured_only, deny: deny.map(writtenEntry), allow: allow.map(writtenEntry) };
}
