// What a terminal or a reader of logs obeys, and JSON leaves as it is: controls, line ends, changes of direction.
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu;

/** Text in double quotes, on one line, with escapes for all that a terminal obeys. It is valid JSON. */
export function quoted(text: string): string {
  return escapedJson(JSON.stringify(text));
}

/** JSON with escapes for all that a terminal obeys. */
export function escapedJson(json: string): string {
  return json.replaceAll(OBEYED, escaped);
}

/** Text of several lines with escapes for all else that a terminal obeys. */
export function harmless(text: string): string {
  return text.replaceAll(OBEYED, (character) =>
    /[\t\n]/.test(character) ? character : escaped(character),
  );
}

/** Text with a space in place of each character that a terminal obeys. */
export function spaced(text: string): string {
  return text.replaceAll(OBEYED, ' ');
}

/** Text in which each character that nobody sees, spaces apart, is named, as in `U+FEFF`. */
export function visible(text: string): string {
  return text.replaceAll(/(?! )[\p{C}\p{Z}]/gu, (character) => {
    const number = character.codePointAt(0) ?? 0;
    return `U+${number.toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
