/** What the exit codes say. */
export const EXIT = { ok: 0, someFail: 1, couldNotRun: 2 } as const;
