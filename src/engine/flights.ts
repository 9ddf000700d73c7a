import type { LimitFunction } from 'p-limit';
import type { Check } from '../config/check.ts';
import { OPEN_GATE } from '../probers/shared/gate.ts';
import { executeProbe } from './envelope.ts';
import type { Pacer } from './pacer.ts';
import type { Execute, Finding, PlannedCheck, RunTerms } from './run.ts';

/** Executes checks, each at most once at a time however many runs ask. */
export interface Flights {
  readonly execute: Execute;
  /** Probes being executed right now. */
  readonly count: () => number;
}

/** A check being executed, and for whom. */
interface Flight {
  readonly landing: Promise<Finding | undefined>;
  readonly run: RunTerms;
}

/** In place of a finding: it is not known yet, look again. */
const AGAIN = Symbol('again');

/**
 * @param landed is told of every finding, once, with the seconds between the start of its run and of its probe.
 * @param troubled is told of what is no fault of a target.
 */
export function createFlights({
  limit,
  pacer,
  landed,
  troubled,
}: {
  limit: LimitFunction;
  pacer: Pacer;
  landed: (check: Check, finding: Finding, queueSeconds: number) => void;
  troubled: (error: unknown) => void;
}): Flights {
  const flights = new Map<Check, Flight>();

  /** A flight whose run is over is being cut off: it will tell nothing. */
  const flightOf = (check: Check): Flight | undefined => {
    const flight = flights.get(check);
    return flight?.run.signal.aborted ? undefined : flight;
  };

  const execute: Execute = async (planned, run) => {
    const other = flightOf(planned.check);
    // Who waits for another run's flight holds no place of the limit.
    const found = other ? await join(other, planned, run) : await limit(begin, planned, run);
    return found === AGAIN ? execute(planned, run) : found;
  };

  const join = async ({ landing }: Flight, planned: PlannedCheck, run: RunTerms) => {
    const found = await Promise.race([landing, run.over]);
    if (found && isConclusive(found, planned)) return found;
    return run.signal.aborted ? undefined : AGAIN;
  };

  const begin = async (planned: PlannedCheck, run: RunTerms) => {
    if (!run.isWorthBeginning(planned)) return undefined;
    await pacer.turn();
    if (!run.isWorthBeginning(planned)) return undefined;
    const { check } = planned;
    if (flightOf(check)) return AGAIN;
    const flight = { landing: fly(planned, run), run };
    flights.set(check, flight);
    return flight.landing.finally(() => {
      if (flights.get(check) === flight) flights.delete(check);
    });
  };

  const fly = async ({ check, timeoutSeconds }: PlannedCheck, run: RunTerms) => {
    const queueSeconds = (performance.now() - run.startedAt) / 1000;
    const { prober, options } = check.module;
    const job = { prober, options, target: check.target.reveal(), gate: OPEN_GATE };
    const outcome = await executeProbe(job, timeoutSeconds, run.signal, troubled);
    if (!outcome) return undefined;
    const finding = { outcome, finishedAt: performance.now() };
    landed(check, finding, queueSeconds);
    return finding;
  };

  return { execute, count: () => flights.size };
}

/** A timeout says nothing to one who would have given the target more time. */
function isConclusive({ outcome }: Finding, { timeoutSeconds }: PlannedCheck): boolean {
  return outcome.failure?.reason !== 'timeout' || outcome.timeoutSeconds >= timeoutSeconds;
}
