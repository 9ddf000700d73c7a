import { FlagProblem, parseFlags } from '../support/command-line.ts';
import type { Registered } from './registry.ts';

/** What a run is to do. */
export interface Flags {
  readonly chosen: readonly Registered[];
  /** Which part of each scenario's whole is run. */
  readonly scale: number;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
  /** Only names the scenarios. */
  readonly list: boolean;
  readonly help: boolean;
}

/** What `--help` prints. */
export const USAGE = `npm run torture -- [flags] [NAME…]: what takes too long for a test, all of it or these scenarios

  --scale=X    a part of each: 0.01 runs a hundredth, 10 ten times the whole (1)
  --json=FILE  writes every figure
  --list       names the scenarios
  --help       this text

docs/reliability.md says what each of them shows. It exits with 1 where one does not hold.
`;

const MOST_SCALE = 100;

/** @throws {FlagProblem} for whatever is unknown or not to be understood. */
export function readFlags(args: readonly string[], all: readonly Registered[]): Flags {
  const { values, positionals } = parseFlags({
    args: [...args],
    allowPositionals: true,
    options: {
      scale: { type: 'string' },
      json: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return {
    chosen: choose(all, positionals),
    scale: readScale(values.scale),
    json: values.json,
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

function choose(all: readonly Registered[], names: readonly string[]): readonly Registered[] {
  const known = all.map(({ scenario }) => scenario.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const which = unknown.map((name) => JSON.stringify(name)).join(', ');
    throw new FlagProblem(`no scenario is called ${which}; there are ${known.join(', ')}`);
  }
  return names.length === 0 ? all : all.filter(({ scenario }) => names.includes(scenario.name));
}

function readScale(text: string | undefined): number {
  if (text === undefined) return 1;
  const scale = Number(text);
  if (/^[0-9]*\.?[0-9]+$/.test(text) && scale > 0 && scale <= MOST_SCALE) return scale;
  throw new FlagProblem(
    `--scale: expected a number above 0 and up to ${MOST_SCALE}, got ${JSON.stringify(text)}`,
  );
}
