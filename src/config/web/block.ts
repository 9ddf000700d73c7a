/** A mapping as it stands in the file, before anything is known of its values. */
export type RawBlock = Readonly<Record<string, unknown>>;

/** The mapping that a value is; an empty one where it is none, which its schema says. */
export function blockOf(value: unknown): RawBlock {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as RawBlock)
    : {};
}

/** Text that says something. Empty text counts as absent, as in Go. */
export function textIn(block: RawBlock, key: string): string | undefined {
  const value = block[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
