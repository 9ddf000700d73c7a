import type { ExpositionFormat } from '../../src/metrics/exposition.ts';
import type { ExposedSample } from './exposition.ts';

/** One family as a strict reader finds it. */
export interface ReadFamily {
  /** As its TYPE line says: in OpenMetrics a counter's is without `_total`. */
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ExposedSample[];
}

/**
 * Reads an exposition character by character, as the two formats' specifications have it, and knows nothing of the writer.
 *
 * @throws an error that names the line, for whatever a specification forbids: an unknown escape, a sample outside of its
 *   family, a family or a series that comes twice, HELP or TYPE missing, a last line without its end, no `# EOF`.
 */
export function readExposition(text: string, format: ExpositionFormat): ReadFamily[] {
  const lines = linesOf(text, format);
  const families: (ReadFamily & { samples: ExposedSample[] })[] = [];
  const names = new Set<string>();
  const series = new Set<string>();
  for (let at = 0; at < lines.length; ) {
    const family = { ...readHeader(lines[at] ?? '', lines[at + 1] ?? '', format), samples: [] };
    insist(!names.has(family.name), 'a family that comes twice', family.name);
    names.add(family.name);
    families.push(family);
    for (at += 2; at < lines.length && !lines[at]?.startsWith('#'); at++) {
      const line = lines[at] ?? '';
      const sample = readSample(line);
      insist(sampleNames(family, format).includes(sample.name), 'a sample of another family', line);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      insist(!series.has(key), 'a series that comes twice', line);
      series.add(key);
      (family.samples as ExposedSample[]).push(sample);
    }
  }
  return families;
}

function linesOf(text: string, format: ExpositionFormat): string[] {
  if (format === 'text' && text === '') return [];
  insist(text.endsWith('\n'), 'a last line that does not end', text.slice(-60));
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics') insist(lines.pop() === '# EOF', 'no # EOF', text.slice(-60));
  return lines;
}

const HEADER = /^# (?<keyword>HELP|TYPE) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<rest>.*)$/s;

/** The text format has HELP first, OpenMetrics TYPE. */
function readHeader(first: string, second: string, format: ExpositionFormat) {
  const [one, two] = [first, second].map((line) => HEADER.exec(line)?.groups);
  const [help, type] = format === 'text' ? [one, two] : [two, one];
  insist(help?.keyword === 'HELP' && type?.keyword === 'TYPE', 'no HELP and TYPE', first);
  insist(help?.name === type?.name, 'HELP and TYPE of different families', first);
  const escapes = format === 'text' ? TEXT_HELP : QUOTED;
  return {
    name: type?.name ?? '',
    type: type?.rest ?? '',
    help: unescaped(help?.rest ?? '', escapes),
  };
}

function sampleNames({ name, type }: ReadFamily, format: ExpositionFormat): string[] {
  if (type === 'histogram') return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
  return type === 'counter' && format === 'openmetrics' ? [`${name}_total`] : [name];
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_START = /(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="/y;
const VALUE = /^ (?<value>NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Reads one line of either format. @throws where it is no sample. */
export function readSample(line: string): ExposedSample {
  const [name = ''] = match(NAME, line, 0, 'no name');
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === '{') {
    do {
      const start = match(LABEL_START, line, ++at, 'no label');
      const label = start.groups?.name ?? '';
      insist(!Object.hasOwn(labels, label), 'a label that comes twice', line);
      const from = at + start[0].length;
      at = endOfQuoted(line, from);
      labels[label] = unescaped(line.slice(from, at), QUOTED);
      at++;
    } while (line[at] === ',');
    insist(line[at++] === '}', 'no end of labels', line);
  }
  const value = VALUE.exec(line.slice(at))?.groups?.value;
  insist(value !== undefined, 'no value', line);
  return { name, labels, value: Number(value?.replace('Inf', 'Infinity')) };
}

function endOfQuoted(line: string, from: number): number {
  let at = from;
  while (at < line.length && line[at] !== '"') at += line[at] === '\\' ? 2 : 1;
  insist(at < line.length, 'no end of a label', line);
  return at;
}

const TEXT_HELP: Readonly<Record<string, string>> = { n: '\n', '\\': '\\' };
const QUOTED: Readonly<Record<string, string>> = { ...TEXT_HELP, '"': '"' };

function unescaped(text: string, escapes: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\\(.?)/gs, (written, character) => {
    insist(Object.hasOwn(escapes, character), `the unknown escape ${written}`, text);
    return escapes[character] ?? '';
  });
}

function match(pattern: RegExp, line: string, at: number, wrong: string): RegExpExecArray {
  pattern.lastIndex = at;
  const found = pattern.exec(line);
  if (!found) throw new Error(`${wrong}: ${JSON.stringify(line)}`);
  return found;
}

function insist(holds: boolean, wrong: string, where: string): void {
  if (!holds) throw new Error(`${wrong}: ${JSON.stringify(where)}`);
}
