/** The oldest Node.js this runs on; the same as `engines` in package.json. */
export const OLDEST_NODE = { major: 22, minor: 19 } as const;

/** One line that says what to do about a Node.js that is too old, or `undefined`. */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const { major: oldestMajor, minor: oldestMinor } = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `healthcheck-exporter needs Node.js ${oldestMajor}.${oldestMinor} or newer, this is ${version}`;
}
