/** Longer texts have their end on the page of their log. */
const MAX_SHOWN = 300;

/** A text as the page shows it: only the beginning of one that would fill it. */
export function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).trimEnd()}…` : text;
}
