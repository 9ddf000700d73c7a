import { escapedJson, quoted } from './printable.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A log with levels. The message is static, what varies is in the fields: so lines group. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** Longer texts are cut: room for a hundred problems of a configuration. */
const MAX_TEXT = 16 * 1024;

/** @param write takes one line with its end, bounded and without anything that a terminal obeys. */
export function createLogger(
  { level, format }: { level: LogLevel; format: LogFormat },
  write: (line: string) => void,
): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const encode = format === 'json' ? json : logfmt;
  const logAt = (at: LogLevel) => {
    if (LOG_LEVELS.indexOf(at) < threshold) return () => {};
    return (message: string, fields: LogFields = {}) => {
      write(`${encode({ time: new Date().toISOString(), level: at, msg: message, ...fields })}\n`);
    };
  };
  return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
}

function json(fields: LogFields): string {
  return escapedJson(JSON.stringify(fields, (_key, value) => bounded(value)));
}

/** One line of `key=value` pairs, quoted where they need it; what is `undefined` is left out, long text is cut. */
export function logfmt(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quote(String(bounded(value)))}`)
    .join(' ');
}

function bounded(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= MAX_TEXT) return value;
  return `${value.slice(0, MAX_TEXT)}…`;
}

function quote(value: string): string {
  return /^[^\s"=\\\p{Cc}\p{Cf}\p{Cs}]+$/u.test(value) ? value : quoted(value);
}
