/** A secret that nothing may show, and all the ways in which it could show. */
export interface Canary {
  readonly text: string;
  /** The name of the variable that holds it. */
  readonly variable: string;
}

let count = 0;

const WORD = 'canary';

/** A new one: text that every encoding changes. */
export function newCanary(text = `${WORD}+${String(++count).padStart(3, '0')}/"x&y<z`): Canary {
  return { text, variable: `CN_${++count}` };
}

/** As it stands in the user or password of a URL, or in its query. */
export function inUrl({ text }: Canary): string {
  return encodeURIComponent(text);
}

/** The canaries that stand in a text: plain, escaped for JSON, HTML or a URL, in hexadecimal, in base64. */
export function shownIn(output: string, all: readonly Canary[]): string[] {
  // Where the word that nearly all begin with is not there in any form, those are not.
  const canaries = MARKS.some((mark) => output.includes(mark))
    ? all
    : all.filter(({ text }) => !text.startsWith(WORD));
  return canaries
    .filter(({ text }) => formsOf(text).some((form) => output.includes(form)))
    .map(({ text }) => text);
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const inForm = new URLSearchParams([['', text]]).toString().slice(1);
  return [
    text,
    encodeURIComponent(text),
    encodeURI(text),
    inForm,
    JSON.stringify(text).slice(1, -1),
    text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...[0, 1, 2].flatMap((before) =>
      [bytes, Buffer.from(inForm)].flatMap((encoded) => base64Forms(encoded, before)),
    ),
  ];
}

/** As it stands in base64 behind so many bytes: what its neighbours have a part in is left out. */
function base64Forms(bytes: Buffer, before: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(3)]);
  const first = before === 0 ? 0 : 4;
  const whole = Math.floor((before + bytes.length) / 3) * 4;
  return [padded.toString('base64'), padded.toString('base64url')].map((text) =>
    text.slice(first, whole),
  );
}

const MARKS = formsOf(WORD);
