/** A check that this host could have. */
export interface Suggestion {
  /** As it stands in a configuration. Its name may still be changed: each needs one of its own. */
  readonly check: Readonly<Record<string, unknown>> & { readonly name: string };
  /** What stands beside the check, where there is room: what is known of its target. */
  readonly aside?: string;
  /** What stands above it: why it is there, what to change. */
  readonly note?: string;
  /** Written as a comment: somebody has to decide first. */
  readonly isUncertain?: boolean;
}

/** A part of the starter configuration. */
export interface Section {
  readonly title: string;
  readonly intro: string;
  readonly suggestions: readonly Suggestion[];
  /** What stands below the checks: what was left out, or could not be looked at. */
  readonly remarks: readonly string[];
}

/** Names on one line, and how many there are beside them. */
export function listed(names: readonly string[], limit: number): string {
  const more = names.length - limit;
  return names.slice(0, limit).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Why a part of this host could not be looked at, as a remark. */
export function whyNot(error: unknown): string {
  return `Not looked at: ${error instanceof Error ? error.message : String(error)}.`;
}
