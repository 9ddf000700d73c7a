import { readSample } from './exposition-reader.ts';

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

/** Reads either text format. @throws where a line is neither a sample nor a comment. */
export function parseExposition(text: string): Exposition {
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readSample);
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
