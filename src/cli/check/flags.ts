import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../lib/duration.ts';
import { fileName } from '../flags.ts';

/** Where `--watch` says no time. */
const DEFAULT_WATCH = '10s';
const MIN_WATCH_SECONDS = 0.1;
const MAX_WATCH_SECONDS = 86_400;

/** A label that a check is to have. */
export interface WantedLabel {
  readonly name: string;
  readonly value: string;
}

/** Flags of `check` alone; those that it shares with others stand in `../flags.ts`. */
export const checkFlags = {
  only: () =>
    new Option(
      '--only <name>',
      'run this check only, by its exact name; may be given several times',
    ).argParser((name: string, names: readonly string[] = []) => [...names, name]),
  label: () =>
    new Option(
      '--label <name=value>',
      'run only checks with this label; of several, a check must have all',
    ).argParser((text: string, labels: readonly WantedLabel[] = []) => [...labels, label(text)]),
  prometheus: () =>
    new Option(
      '--prometheus <file>',
      'write the results as metrics, for the textfile collector of node_exporter; - for standard output',
    ).argParser(fileName),
  watch: () =>
    new Option(
      '--watch [interval]',
      `run again and again, so long after the last run has ended; ${DEFAULT_WATCH} where nothing is said`,
    )
      .argParser(watchInterval)
      .preset(DEFAULT_WATCH),
} as const;

function label(text: string): WantedLabel {
  const end = text.indexOf('=');
  if (end > 0) return { name: text.slice(0, end), value: text.slice(end + 1) };
  throw new InvalidArgumentError('Expected a name and a value such as "team=web".');
}

function watchInterval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds >= MIN_WATCH_SECONDS && seconds <= MAX_WATCH_SECONDS) {
    return seconds;
  }
  throw new InvalidArgumentError('Expected a duration from "100ms" to "1d" such as "10s".');
}
