import { formatDuration } from '../lib/duration.ts';
import { secondsSince } from '../lib/elapsed.ts';
import { timerMs } from '../lib/timer.ts';
import type {
  LogLine,
  MetricDeclarations,
  ProbeContext,
  ProbeOutcome,
  Prober,
  Sample,
} from '../probers/contract.ts';
import { isExhaustion, ProbeFailure, toFailure } from '../probers/failure.ts';
import type { Gate } from '../probers/shared/gate.ts';
import { isHeldUp } from '../probers/shared/held-up.ts';

/** What to probe: a prober, its parsed options and the target. */
export interface ProbeJob {
  readonly prober: Prober;
  readonly target: string;
  readonly options: unknown;
  /** What the probe may reach. */
  readonly gate: Gate;
}

const MAX_LABEL_LENGTH = 256;
const MAX_MESSAGE_LENGTH = 1024;
const MAX_LOG_LINES = 200;

// One for all: a reason of its own for each probe would cost a stack trace each.
const OVER = new Error('the probe is over');

const NO_THREAD = new Error(
  'every thread for name lookups, or for files, waits for one that hangs',
);

const NO_LABELS: Sample['labels'] = {};

type Ending = ProbeFailure | 'success' | 'cut off';

/**
 * Runs one probe: the only place that times it, limits it, catches it and says whether it succeeded.
 *
 * @param timeoutSeconds the T that applies; not finished by then is a failure with reason `timeout`.
 * @param cutOff fires when nobody waits any longer.
 * @param troubled is told where this process itself ran out of descriptors or memory.
 * @returns the outcome, or `undefined` where `cutOff` came before the probe had its full time, or this process could
 *   not probe: of such a target nothing may be said. Never rejects.
 */
export async function executeProbe(
  job: ProbeJob,
  timeoutSeconds: number,
  cutOff: AbortSignal,
  troubled: (error: unknown) => void = () => {},
): Promise<ProbeOutcome | undefined> {
  if (cutOff.aborted) return undefined;
  const controller = new AbortController();
  const startedAt = Date.now() / 1000;
  const start = performance.now();
  const elapsed = () => secondsSince(start);
  const recorder = createRecorder(elapsed);

  const context: ProbeContext<never, MetricDeclarations> = {
    target: job.target,
    options: job.options as never,
    timeoutSeconds,
    signal: controller.signal,
    gate: job.gate,
    emit: recorder.emit,
    log: recorder.log,
    fail: (reason, message) => {
      throw new ProbeFailure(reason, message);
    },
  };
  const probe = async (): Promise<Ending> => {
    try {
      await job.prober.probe(context);
      return 'success';
    } catch (error) {
      if (!isExhaustion(error)) return toFailure(error);
      troubled(error);
      return 'cut off';
    }
  };
  const late = (): Ending => {
    if (!isHeldUp(controller.signal)) return timeoutFailure(timeoutSeconds, recorder.lastStep());
    troubled(NO_THREAD);
    return 'cut off';
  };
  const ending = await firstEnding(probe, { timeoutSeconds, late }, cutOff);
  const durationSeconds = elapsed();
  const { samples, log } = recorder.close();
  controller.abort(OVER);
  if (ending === 'cut off') return undefined;

  const failure =
    ending === 'success'
      ? undefined
      : { reason: ending.reason, message: clean(ending.message, MAX_MESSAGE_LENGTH) };
  return {
    success: ending === 'success',
    failure,
    startedAt,
    durationSeconds,
    timeoutSeconds,
    samples,
    log,
  };
}

function firstEnding(
  probe: () => Promise<Ending>,
  { timeoutSeconds, late }: { timeoutSeconds: number; late: () => Ending },
  cutOff: AbortSignal,
): Promise<Ending> {
  return new Promise((resolve) => {
    const end = (ending: Ending) => {
      clearTimeout(timer);
      cutOff.removeEventListener('abort', onCutOff);
      resolve(ending);
    };
    const onCutOff = () => end('cut off');
    const dueAt = performance.now() + timeoutSeconds * 1000;
    const onDue = () => {
      // Timers count from the start of their turn of the event loop and so may come a little early.
      if (performance.now() < dueAt) timer = setTimeout(onDue, 1);
      else end(late());
    };
    // After a busy turn of the event loop the timer is due before answers that arrived in time have been read; one
    // more turn reads them.
    let timer = setTimeout(() => setImmediate(onDue), timerMs(timeoutSeconds));
    cutOff.addEventListener('abort', onCutOff, { once: true });
    void probe().then(end);
  });
}

/** @param lastStep what the probe said last, so that it shows how far it came. */
function timeoutFailure(timeoutSeconds: number, lastStep: string | undefined): ProbeFailure {
  const where = lastStep === undefined ? '' : ` (last step: ${lastStep})`;
  return new ProbeFailure('timeout', `no result within ${formatDuration(timeoutSeconds)}${where}`);
}

function createRecorder(elapsed: () => number) {
  const samples: Sample[] = [];
  const lines: LogLine[] = [];
  let open = true;
  const log = (message: string, fields: LogLine['fields'] = {}) => {
    if (!open || lines.length >= MAX_LOG_LINES) return;
    lines.push({
      atSeconds: elapsed(),
      message: clean(message, MAX_MESSAGE_LENGTH),
      fields: cleanFields(fields),
    });
  };
  const emit = (name: string, value: number, labels?: Sample['labels']) => {
    if (!open) return;
    const sample = { name, value, labels: labels === undefined ? NO_LABELS : cleanLabels(labels) };
    const index = samples.findIndex((other) => isSameSeries(other, sample));
    if (index < 0) samples.push(sample);
    else samples[index] = sample;
  };
  return {
    emit,
    log,
    lastStep: () => lines.at(-1)?.message,
    /** Nothing is recorded from here on: a prober that ignores its signal cannot change its outcome. */
    close: () => {
      open = false;
      return { samples, log: lines };
    },
  };
}

// A probe has some thirty samples: to look through them takes less than to make a key of name and labels.
function isSameSeries(one: Sample, other: Sample): boolean {
  if (one.name !== other.name) return false;
  // Samples of one metric have the same labels, by their declaration.
  for (const label in one.labels) if (one.labels[label] !== other.labels[label]) return false;
  return true;
}

function cleanLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const cleaned: Record<string, string> = {};
  const names = Object.keys(labels);
  for (const name of names.length > 1 ? names.sort() : names) {
    cleaned[name] = clean(String(labels[name]), MAX_LABEL_LENGTH);
  }
  return cleaned;
}

function cleanFields(fields: LogLine['fields']): LogLine['fields'] {
  const cleaned: Record<string, string | number | boolean> = {};
  for (const name in fields) {
    const value = fields[name] as string | number | boolean;
    cleaned[name] = typeof value === 'string' ? clean(value, MAX_MESSAGE_LENGTH) : value;
  }
  return cleaned;
}

// What nearly all text is made of, told in a fraction of the time.
const PLAIN = /^[ -~]*$/;

/** Makes text from anywhere safe to show and to store: valid UTF-8, no control characters, bounded. */
function clean(text: string, maxLength: number): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text;
  return text
    .slice(0, maxLength)
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
