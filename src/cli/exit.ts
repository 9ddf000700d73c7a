/** What the exit codes say. */
export const EXIT = { ok: 0, someFail: 1, couldNotRun: 2 } as const;

/** The same for people. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, 'all is well: every check is healthy, every file valid'],
  [EXIT.someFail, 'it ran, and something is not healthy'],
  [
    EXIT.couldNotRun,
    'it could not run: a mistake in the command line or in a file, or interrupted',
  ],
];
