/** Markup that is safe to send. Only {@link html} makes it, so that no text gets into a page without being escaped. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }

  /** What {@link html} is. */
  static readonly tag = (literals: TemplateStringsArray, ...values: HtmlValue[]): Html => {
    let markup = literals[0] ?? '';
    values.forEach((value, index) => {
      markup += markupOf(value) + (literals[index + 1] ?? '');
    });
    return new Html(markup);
  };
}

/** What may stand in a template. Text is escaped, of a list every element; `undefined` is nothing. */
export type HtmlValue = string | number | undefined | Html | readonly Html[];

/**
 * Markup from a template. What stands in `${}` becomes text, or the value of an attribute, which has to be quoted.
 *
 * @example html`<a href="?name=${name}">${name}</a>`
 */
export const html = Html.tag;

function markupOf(value: HtmlValue): string {
  if (typeof value === 'string') return escaped(value);
  if (value === undefined) return '';
  return typeof value === 'object' && !(value instanceof Html) ? value.join('') : String(value);
}

// What ends text or an attribute, and what a reader obeys or never sees: controls but for tabs and line ends, marks that
// change the direction of what follows.
const DANGEROUS = /[&<>"']|(?![\t\n\r])\p{Cc}|[\u200E\u200F\u202A-\u202E\u2066-\u2069]|\p{Cs}/gu;

function escaped(text: string): string {
  return text.replaceAll(DANGEROUS, (character) => REFERENCES[character] ?? '\uFFFD');
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
