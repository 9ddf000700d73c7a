/** One pass over all checks of a case: a scrape, or as many probes. */
export interface Pass {
  readonly wallMs: number;
  /** Reads what was answered: later, so that it costs nothing while others are being measured. @throws where a target was down. */
  readonly read: () => PassReading;
}

export interface PassReading {
  /** What was reported, one value for each probe that was executed, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Size of the answer as text and as it was sent, in bytes, where there is one for all. */
  readonly bytes?: { readonly plain: number; readonly sent: number };
}

/** Connections that are kept open over the passes of a round. */
export interface Session extends Disposable {
  readonly pass: () => Promise<Pass>;
}

/** A process that does the work of a case. */
export interface Contender extends AsyncDisposable {
  readonly pid: number;
  readonly open: () => Promise<Session>;
}
