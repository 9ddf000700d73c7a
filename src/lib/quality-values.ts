/** One element of a header that says what a client takes and how gladly: `Accept`, `Accept-Encoding`. */
export interface QualityValue {
  /** In lower case: `text/plain`, `gzip`, `*`. Empty where a comma has nothing before it. */
  readonly value: string;
  /** In lower case, `q` included. Of a name that comes twice, the last. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; what is out of bounds is clamped (Prometheus 2.49 says `q=2`), what is no number counts as 1. */
  readonly quality: number;
}

/** Reads such a header (RFC 9110, 12.4.2), element by element. Never fails: what makes no sense matches nothing. */
export function parseQualityValues(header: string): QualityValue[] {
  return header.split(',').map((element) => {
    const [value = '', ...rest] = element.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map(rest.map(splitOnce));
    return { value, parameters, quality: readQuality(parameters.get('q')) };
  });
}

/**
 * How gladly a content coding is taken: by its own name, or else by `*`.
 *
 * @returns 0 where it is refused, `undefined` where the header does not speak of it.
 */
export function codingQuality(acceptEncoding: string, coding: string): number | undefined {
  const elements = parseQualityValues(acceptEncoding);
  const named = (name: string) => elements.find(({ value }) => value === name);
  return (named(coding) ?? named('*'))?.quality;
}

function splitOnce(parameter: string): [name: string, value: string] {
  const at = parameter.indexOf('=');
  return at === -1
    ? [parameter, '']
    : [parameter.slice(0, at).trim(), parameter.slice(at + 1).trim()];
}

function readQuality(text: string | undefined): number {
  const quality = Number.parseFloat(text ?? '1');
  return Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality));
}
