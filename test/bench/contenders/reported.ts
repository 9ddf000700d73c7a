import { type ExposedSample, parseExposition } from '../../support/exposition.ts';

/** The samples of one name: reading the whole of a large exposition would take far longer than writing it. */
export function samplesOf(text: string, name: string): readonly ExposedSample[] {
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return parseExposition(lines.join('\n')).all(name);
}

/** What probes of healthy targets reported, in milliseconds. @throws where one was down. */
export function reportedLatenciesMs(text: string): number[] {
  const down = samplesOf(text, 'probe_success').filter(({ value }) => value !== 1);
  if (down.length > 0) {
    const why = samplesOf(text, 'probe_failure_info')[0]?.labels.reason;
    throw new Error(`${down.length} healthy targets were called down${why ? `: ${why}` : ''}`);
  }
  return samplesOf(text, 'probe_duration_seconds').map(({ value }) => value * 1000);
}
