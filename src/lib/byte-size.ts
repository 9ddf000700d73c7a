// github.com/alecthomas/units as blackbox_exporter uses it: `10MB` and `10MiB` are both powers of 1024.
const POWERS: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4, P: 5 };
const SIZE = /^(?<value>\d+(?:\.\d+)?)\s*(?<prefix>[KMGTP]?)i?B$/i;

/** What {@link parseByteSize} takes, as the pattern of a JSON Schema. */
export const BYTE_SIZE_PATTERN = '^(?:0|\\d+(?:\\.\\d+)?\\s*[KMGTPkmgtp]?[iI]?[bB])$';

/**
 * Reads a size as blackbox_exporter writes it: `512B`, `10KB`, `1.5MiB` (each step is 1024).
 *
 * @returns whole bytes, or `undefined` where the text is no size.
 */
export function parseByteSize(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = SIZE.exec(text)?.groups;
  if (!parts) return undefined;
  const bytes = Math.floor(
    Number(parts.value) * 1024 ** (POWERS[(parts.prefix ?? '').toUpperCase()] ?? 0),
  );
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Writes bytes so that {@link parseByteSize} reads them: `10MB`, `1500B`. */
export function formatByteSize(bytes: number): string {
  const unit = bytes === 0 ? undefined : ['PB', 'TB', 'GB', 'MB', 'KB'].find(isWhole(bytes));
  if (!unit) return `${bytes}B`;
  return `${bytes / bytesIn(unit)}${unit}`;
}

function isWhole(bytes: number): (unit: string) => boolean {
  return (unit) => bytes % bytesIn(unit) === 0;
}

function bytesIn(unit: string): number {
  return 1024 ** (POWERS[unit[0] ?? ''] ?? 0);
}
