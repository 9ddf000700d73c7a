import type { Protocol } from './targets/protocols.ts';

/** Checks of one target that answers, run by everybody. */
export interface ProbesCase {
  readonly kind: 'probes' | 'delayed';
  readonly name: string;
  readonly protocol: Protocol;
  readonly checks: number;
  readonly inFlight: number;
  /** Whether it is also found out what the exposition costs. */
  readonly exposition: boolean;
}

/** Half of the targets accept and never answer. */
export interface HangingCase {
  readonly kind: 'hanging';
  readonly name: string;
  /** So many healthy targets, and so many that hang. */
  readonly ofEach: number;
  readonly inFlight: number;
  readonly scrapeTimeoutSeconds: number;
  /** Scrapes that are judged, after those in which the hanging ones become known. */
  readonly judgedScrapes: number;
}

/** Whether memory and file descriptors grow. */
export interface GrowthCase {
  readonly kind: 'growth';
  readonly name: string;
  readonly checks: number;
  readonly inFlight: number;
  readonly scrapes: number;
}

/** The built exporter without any configuration. */
export interface StartupCase {
  readonly kind: 'startup';
  readonly name: string;
  /** From the first answer to the reading of its memory. */
  readonly idleSeconds: number;
}

export type Case = ProbesCase | HangingCase | GrowthCase | StartupCase;

/** What the flags change about the cases. */
export interface Scale {
  /** Instead of those below. */
  readonly checks?: number | undefined;
  readonly inFlight?: number | undefined;
  /** Of the case `growth`. */
  readonly scrapes?: number | undefined;
  /** All sizes of every protocol, not of HTTP alone. */
  readonly all: boolean;
}

const CHECKS = [1, 100, 1000, 10_000];
const IN_FLIGHT = [10, 50, 200];
/** Scrapes of other sizes say nothing new of how a check's cost is shared out. */
const EXPOSITION_FROM_CHECKS = 1000;

/** All cases of a whole run, in the order in which they run. */
export function fullCases({ checks, inFlight, scrapes = 2000, all }: Scale): Case[] {
  const sizes = (full: boolean) => ({
    checks: checks === undefined ? (full ? CHECKS : [1000]) : [checks],
    inFlight: inFlight === undefined ? (full ? IN_FLIGHT : [50, 200]) : [inFlight],
  });
  return [
    { kind: 'startup', name: 'startup', idleSeconds: 5 },
    ...matrix('http', sizes(true)),
    ...(['https', 'tcp', 'dns'] as const).flatMap((protocol) => matrix(protocol, sizes(all))),
    {
      kind: 'delayed',
      name: 'fifty-ms',
      protocol: 'http',
      checks: checks ?? 1000,
      inFlight: inFlight ?? 200,
      exposition: false,
    },
    {
      kind: 'hanging',
      name: 'hanging',
      ofEach: checks ?? 1000,
      inFlight: inFlight ?? 200,
      scrapeTimeoutSeconds: 10,
      judgedScrapes: 4,
    },
    {
      kind: 'growth',
      name: 'growth',
      checks: checks ?? 100,
      inFlight: inFlight ?? 200,
      scrapes,
    },
  ];
}

function matrix(protocol: Protocol, sizes: { checks: number[]; inFlight: number[] }): ProbesCase[] {
  const most = Math.max(...sizes.inFlight);
  return sizes.checks.flatMap((checks) =>
    sizes.inFlight.map((inFlight) => ({
      kind: 'probes' as const,
      name: `${protocol}-${checks}-${inFlight}`,
      protocol,
      checks,
      inFlight,
      exposition: protocol === 'http' && checks >= EXPOSITION_FROM_CHECKS && inFlight === most,
    })),
  );
}

/** One small case of every kind and protocol: whether the harness works, nothing to judge. */
export function smokeCases({ checks = 20, inFlight = 10, scrapes = 20 }: Scale): Case[] {
  return [
    { kind: 'startup', name: 'startup', idleSeconds: 0.2 },
    ...(['http', 'https', 'tcp', 'dns'] as const).map((protocol) => ({
      kind: 'probes' as const,
      name: `${protocol}-${checks}-${inFlight}`,
      protocol,
      checks,
      inFlight,
      exposition: protocol === 'http',
    })),
    {
      kind: 'delayed',
      name: 'fifty-ms',
      protocol: 'http',
      checks,
      inFlight,
      exposition: false,
    },
    {
      kind: 'hanging',
      name: 'hanging',
      ofEach: inFlight,
      inFlight,
      scrapeTimeoutSeconds: 2,
      judgedScrapes: 1,
    },
    { kind: 'growth', name: 'growth', checks, inFlight, scrapes },
  ];
}

/**
 * The cases that are named, or whose names begin so: `http` means all of HTTP, `http-1000` three of them.
 *
 * @returns all of them where none is named.
 * @throws where a name means no case.
 */
export function chooseCases(cases: readonly Case[], named: readonly string[]): Case[] {
  const means = ({ name }: Case, wanted: string) =>
    name === wanted || name.startsWith(`${wanted}-`);
  for (const wanted of named) {
    if (cases.some((candidate) => means(candidate, wanted))) continue;
    const names = cases.map(({ name }) => name).join(', ');
    throw new Error(`--case=${wanted}: no case is called so; there are ${names}`);
  }
  if (named.length === 0) return [...cases];
  return cases.filter((candidate) => named.some((wanted) => means(candidate, wanted)));
}
