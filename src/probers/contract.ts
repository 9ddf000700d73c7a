import type { z } from 'zod';
import type { Reason } from './failure.ts';
import type { Gate } from './shared/gate.ts';

/** A metric a prober may emit. `type` is a gauge unless the target itself counts (a systemd unit's restarts). */
export interface MetricDeclaration {
  readonly help: string;
  readonly type?: 'gauge' | 'counter';
  readonly labels?: readonly string[];
  /**
   * What `/probe` shows where the probe did not get as far as to emit it: blackbox_exporter's value, for rules that
   * count on it. Absent without one; `/metrics` never shows what was not found out.
   */
  readonly unreached?: number;
}

/** All metrics of a prober, by name. */
export type MetricDeclarations = Readonly<Record<string, MetricDeclaration>>;

type LabelArguments<D> = D extends { readonly labels: readonly (infer L extends string)[] }
  ? [labels: Readonly<Record<L, string>>]
  : [];

/**
 * Records one sample of a declared metric; a second one with the same labels replaces the first. Label values may
 * come from the network: the engine cleans and cuts them.
 */
export type Emit<M extends MetricDeclarations> = <N extends keyof M & string>(
  name: N,
  value: number,
  ...labels: LabelArguments<M[N]>
) => void;

/** One sample as data. */
export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** One line of a probe's own log. `atSeconds` counts from the start of the probe. */
export interface LogLine {
  readonly atSeconds: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Everything a prober may touch. It measures no duration, counts nothing and never says "up": the engine does. */
export interface ProbeContext<O, M extends MetricDeclarations> {
  readonly target: string;
  readonly options: O;
  /** The T that applies to this run, in seconds. The signal fires when it is over. */
  readonly timeoutSeconds: number;
  /** Ends everything the probe has open: sockets, lookups, children, timers. */
  readonly signal: AbortSignal;
  /** Decides what the probe may reach. Nothing can be dialled without asking it. */
  readonly gate: Gate;
  readonly emit: Emit<M>;
  /** Ends the probe with a "no". Throws; what was emitted before stays. */
  readonly fail: (reason: Reason, message: string) => never;
  readonly log: (message: string, fields?: LogLine['fields']) => void;
}

/** What a prober takes as its target, or why it takes none. */
export interface TargetDeclaration {
  /** For the error and the reference page: "a URL, http:// where no scheme is given". */
  readonly description: string;
  readonly example: string;
  /** Whether it is a URL, in which user and password may stand: they are shown nowhere. */
  readonly isUrl?: boolean;
  /** What is wrong with this target, as the end of the sentence `target: "x" …`, or `undefined` where nothing is. */
  readonly problem: (target: string) => string | undefined;
}

/**
 * A prober's own declaration, read top to bottom. Configuration, CLI, docs and metrics follow from it; nothing
 * about a prober stands anywhere else.
 */
export interface ProberDeclaration<S extends z.ZodObject, M extends MetricDeclarations> {
  /** The word in `prober:` and the name of its option block. */
  readonly name: string;
  readonly summary: string;
  /** `null`: the prober looks at this host and takes no target. */
  readonly target: TargetDeclaration | null;
  /** It looks at this host and goes over no network: who asks `/probe` for it must be allowed to, module by module. */
  readonly isLocal?: true;
  /** Every field with a default or `.optional()`, and `.describe()`d with unit and meaning. */
  readonly options: S;
  readonly metrics: M;
  /** What these options are on `/probe` where the module does not say: blackbox_exporter's own defaults. */
  readonly probeDefaults?: Partial<z.input<S>>;
  /** The parameter `hostname` of `/probe`: options that use it, or a sentence why not. Absent: it means nothing. */
  readonly withHostname?: (options: z.output<S>, hostname: string) => z.output<S> | string;
  /**
   * The option, as a path, that holds what shows a target who is asking: such a module does not go to anybody's target.
   * Absent: no option of the prober does. `undefined`: none is set.
   */
  readonly credentialOption?: (options: z.output<S>) => string | undefined;
  /**
   * Loads what few others need. Called when a configuration with such a check takes effect, so that loading shows in no
   * probe's latency; what `/probe` alone asks for loads with its first probe.
   */
  readonly load?: (options: z.output<S>) => void;
  /** Resolves when the target is healthy; throws (best by `context.fail`) when it is not. */
  readonly probe: (context: ProbeContext<z.output<S>, M>) => Promise<void>;
}

/** A prober as the rest of the program sees it. */
export type Prober = ProberDeclaration<z.ZodObject, MetricDeclarations>;

/** Checks a prober's declaration against its own metrics and options, then forgets the exact types. */
export function defineProber<S extends z.ZodObject, const M extends MetricDeclarations>(
  declaration: ProberDeclaration<S, M>,
): Prober {
  return declaration as unknown as Prober;
}

/** What one executed probe found out. Data only, made by the engine's envelope, read by everybody. */
export interface ProbeOutcome {
  readonly success: boolean;
  /** Present exactly while `success` is false. */
  readonly failure: { readonly reason: Reason; readonly message: string } | undefined;
  /** Wall-clock start, in seconds since the epoch. For people and JSON, never for arithmetic. */
  readonly startedAt: number;
  /** Monotonic, queue time excluded. */
  readonly durationSeconds: number;
  readonly timeoutSeconds: number;
  readonly samples: readonly Sample[];
  readonly log: readonly LogLine[];
}
