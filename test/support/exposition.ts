/** One line of an exposition. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape answered, to be asked for single samples. */
export interface Exposition {
  readonly text: string;
  readonly samples: readonly ExposedSample[];
  /** The samples of this name that carry at least these labels. */
  readonly all: (name: string, labels?: ExposedSample['labels']) => readonly ExposedSample[];
  /** The value of the one such sample, `undefined` where there is none. */
  readonly value: (name: string, labels?: ExposedSample['labels']) => number | undefined;
  /** By the label `check`. */
  readonly byCheck: (name: string) => Readonly<Record<string, number>>;
}

const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const LABEL = /(?<name>\w+)="(?<value>(?:[^"\\]|\\.)*)",?/g;

/** Reads either text format. @throws where a line is neither a sample nor a comment. */
export function parseExposition(text: string): Exposition {
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseSample);
  const all: Exposition['all'] = (name, labels = {}) =>
    samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  return {
    text,
    samples,
    all,
    value: (name, labels) => {
      const found = all(name, labels);
      if (found.length > 1) throw new Error(`${found.length} samples are called ${name}`);
      return found[0]?.value;
    },
    byCheck: (name) =>
      Object.fromEntries(all(name).map(({ labels, value }) => [labels.check ?? '', value])),
  };
}

function parseSample(line: string): ExposedSample {
  const { name, labels = '', value } = SAMPLE.exec(line)?.groups ?? {};
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(({ groups }) => [
    groups?.name ?? '',
    (groups?.value ?? '').replace(/\\(.)/g, (_all, character) =>
      character === 'n' ? '\n' : character,
    ),
  ]);
  return { name, labels: Object.fromEntries(pairs), value: parseValue(value ?? '') };
}

function parseValue(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
