const UNIT_SECONDS = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
} as const;

// The grammar of Prometheus' configuration: units from large to small, each at most once, whole numbers.
const DURATION =
  /^(?:(?<y>\d+)y)?(?:(?<w>\d+)w)?(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?(?:(?<ms>\d+)ms)?$/;
// What Go's time.ParseDuration takes and Prometheus' grammar does not: fractions, as in `1m30.5s`, and small units.
const GO_NUMBER = String.raw`(?:\d+\.?\d*|\.\d+)`;
const GO_DURATION = new RegExp(
  `^\\+?(?=.)${['h', 'm', 's', 'ms', '[uµμ]s', 'ns'].map((unit) => `(?:${GO_NUMBER}${unit})?`).join('')}$`,
);
const GO_PART = /(?<value>\d+\.?\d*|\.\d+)(?<unit>[a-zµμ]+)/g;
const GO_UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
};

/** What {@link parseDuration} takes, as the pattern of a JSON Schema. */
export const DURATION_PATTERN = `^(?:0|(?=.)(?:${[DURATION, GO_DURATION].map(withoutNamesAndEnds).join('|')}))$`;

function withoutNamesAndEnds({ source }: RegExp): string {
  return source.replaceAll(/\?<[a-z]+>/g, '?:').replaceAll(/^\^|\$$/g, '');
}

/**
 * Reads a duration as Prometheus writes it (`500ms`, `5s`, `1m30s`), also with the fraction that
 * blackbox_exporter's files may hold (`2.5s`).
 *
 * @returns seconds, or `undefined` where the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text === '') return undefined;
  const parts = DURATION.exec(text)?.groups;
  if (!parts) return GO_DURATION.test(text) ? goSeconds(text) : undefined;
  let milliseconds = 0;
  for (const [unit, seconds] of Object.entries(UNIT_SECONDS)) {
    milliseconds += Number(parts[unit] ?? 0) * Math.round(seconds * 1000);
  }
  return Number.isFinite(milliseconds) ? milliseconds / 1000 : undefined;
}

function goSeconds(text: string): number | undefined {
  let seconds = 0;
  for (const { groups } of text.matchAll(GO_PART)) {
    seconds += Number(groups?.value) * (GO_UNIT_SECONDS[groups?.unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** Writes seconds so that {@link parseDuration} reads the same: `500ms`, `5s`, `1m30s`. */
export function writeDuration(seconds: number): string {
  return Number.isInteger(seconds) && seconds > 0
    ? formatDuration(seconds)
    : `${Number((seconds * 1000).toFixed(6))}ms`;
}

/** Writes seconds for people: `0.4ms`, `12ms`, `1.23s`, `2m5s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return String(seconds);
  if (seconds < 0.009_95) return `${trimmed(seconds * 1000, 1)}ms`;
  if (seconds < 0.999_5) return `${trimmed(seconds * 1000, 0)}ms`;
  if (seconds < 59.995) return `${trimmed(seconds, 2)}s`;
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'm'],
    [whole % 60, 's'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('');
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
