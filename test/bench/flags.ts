import { FlagProblem, parseFlags } from '../support/command-line.ts';
import { type Case, chooseCases, fullCases, smokeCases } from './cases.ts';

/** What a run is to do. */
export interface Flags {
  readonly rounds: number;
  readonly cases: readonly Case[];
  /** Small numbers and no verdicts: whether the harness works. */
  readonly smoke: boolean;
  /** Only names the cases. */
  readonly list: boolean;
  readonly help: boolean;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
}

/** What `--help` prints. */
export const USAGE = `npm run bench -- [flags]: what a check costs, and how far reported latency is from the truth

  --rounds=N     how often each case is measured, everybody in turn (5)
  --case=NAME    only this case, or those whose names begin so: http, http-1000; may be repeated
  --checks=N     so many checks in a scrape, instead of the cases' own numbers
  --in-flight=N  so many probes in flight, instead of the cases' own numbers
  --scrapes=N    so many scrapes in the case growth (2000)
  --all          every size of HTTPS, TCP and DNS too, not 1,000 checks alone
  --smoke        one small round of everything, without verdicts: whether the benchmark itself works
  --json=FILE    writes every figure of every round
  --list         names the cases
  --help         this text
`;

const MOST = { rounds: 1000, checks: 100_000, 'in-flight': 10_000, scrapes: 1_000_000 } as const;

/** @throws {FlagProblem} for whatever is unknown or not to be understood. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseFlags({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      case: { type: 'string', multiple: true },
      checks: { type: 'string' },
      'in-flight': { type: 'string' },
      scrapes: { type: 'string' },
      all: { type: 'boolean' },
      smoke: { type: 'boolean' },
      json: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const count = (name: keyof typeof MOST) => readCount(name, values[name]);
  const smoke = values.smoke ?? false;
  const scale = {
    checks: count('checks'),
    inFlight: count('in-flight'),
    scrapes: count('scrapes'),
    all: values.all ?? false,
  };
  return {
    rounds: count('rounds') ?? (smoke ? 1 : 5),
    cases: named(smoke ? smokeCases(scale) : fullCases(scale), values.case ?? []),
    smoke,
    list: values.list ?? false,
    help: values.help ?? false,
    json: values.json,
  };
}

function readCount(name: keyof typeof MOST, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count >= 1 && count <= MOST[name]) return count;
  throw new FlagProblem(
    `--${name}: expected a whole number from 1 to ${MOST[name]}, got ${JSON.stringify(text)}`,
  );
}

function named(cases: readonly Case[], names: readonly string[]): Case[] {
  try {
    return chooseCases(cases, names);
  } catch (error) {
    throw new FlagProblem((error as Error).message, { cause: error });
  }
}
