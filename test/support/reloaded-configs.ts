/** What is in force at first. */
export const BEFORE = `checks:
  - {name: Kept, target: /, prober: disk}
  - {name: Removed, target: /, prober: disk, disk: {max_used_percent: 0.000001}}
`;

/** Keeps a check, has a new one, and lacks one. */
export const AFTER = `checks:
  - {name: Added, prober: memory}
  - {name: Kept, target: /, prober: disk}
`;

/** Has two mistakes, in lines 2 and 3. */
export const BAD = `checks:
  - {name: Kept, target: /, prober: dsk}
  - {name: Bad, target: /, prober: disk, timeout: soon}
`;
