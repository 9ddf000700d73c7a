import type { SystemdScope } from '../shared/systemd-bus.ts';

/** What systemd says of a unit. Words are systemd's own: `loaded`, `not-found`, `active`, `auto-restart`. */
export interface UnitStatus {
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** Seconds since the epoch, or `undefined` where the unit has not been active since boot. */
  readonly activeEnterSeconds: number | undefined;
  /** Automatic restarts; only services have them, and only from systemd 235 on. */
  readonly restarts: number | undefined;
}

/** Asks systemd for one unit. Rejects when the signal fires, and then holds nothing of it any longer. */
export type AskSystemd = (
  unit: string,
  scope: SystemdScope,
  signal: AbortSignal,
) => Promise<UnitStatus>;

// systemd.unit(5).
const SUFFIX = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;
const NAME = /^[A-Za-z0-9:_.\\@-]+$/;
const ROOT_UNITS = new Set(['-.mount', '-.slice']);
const MAX_LENGTH = 255;

/** The name systemd knows a unit by: `nginx` is `nginx.service`, as systemctl has it. */
export function fullUnitName(name: string): string {
  return SUFFIX.test(name) ? name : `${name}.service`;
}

/** What is wrong with the name of a unit, as the end of a sentence. */
export function unitNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty, expected the name of a unit such as "nginx.service"';
  // The units of the root directory are the only ones that begin so: anything else may be meant as an option.
  if (name.startsWith('-') && !ROOT_UNITS.has(name)) return 'must not begin with "-"';
  if (!NAME.test(name)) {
    return 'is no name of a unit: expected letters, digits and ":-_.\\@" only, such as "nginx.service"';
  }
  const full = fullUnitName(name);
  if (full.length > MAX_LENGTH)
    return `is too long: a unit's name has at most ${MAX_LENGTH} characters`;
  if (/^@|^\.[a-z]+$/.test(full))
    return 'is no name of a unit: nothing names it before the "@" or the "."';
  if (/@\.[a-z]+$/.test(full))
    return 'is a template: name one of its instances, such as "getty@tty1"';
  return undefined;
}
