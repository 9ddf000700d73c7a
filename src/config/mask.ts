import { MASK } from '../lib/secret.ts';

const SECRET_KEY =
  /pass|secret|token|bearer|credential|authorization|basic_auth|cookie|api.?key|certificate_key$|^(?:(?:http_)?headers|metadata|proxy_connect_header|endpoint_params|body|key|send|send_bytes)$/i;
// A key with its colon, as it stands in block and in flow style and in JSON. A plain one is tried from its beginning
// only: from every letter, a long word would take the square of its length.
const KEY =
  /(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<plain>(?<![\w.-])[\w.-]+))\s*:(?=\s|$|["'{[])\s*/g;

// Text that has an anchor may be used as a secret anywhere, whatever its own key is called.
const ANCHOR = /(?<=(?:^|[:,[{-])\s*)&[^\s,[\]{}]+[ \t]+(?=[^\s{[#])/g;
const ENDS_WITH_ANCHOR = /(?<=(?:^|[:,[{-])\s*)&[^\s,[\]{}]+\s*$/;

const KEY_SIGN = /:(?:\s|$)/;

// A scheme is tried from its beginning only, for the same reason; what it begins with is not looked at.
const USERINFO = /(?<before>(?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/)[^/?#\s"'@]*@/gi;
// What a target without a scheme may begin with.
const BARE_USERINFO = /(?<before>^|[\s"'])[^\s"'/?#@:[\]{}]+:[^\s"'/?#@]*@/g;
const PARAMETER = /(?<separator>[?&;#])(?<name>[\w.%-]+)=(?<value>[^&;#\s"']*)/g;
const SECRET_PARAMETER =
  /pass|secret|token|credential|signature|session|authorization|bearer|^(?:.*[_.-])?(?:(?:api)?key|sig|code|auth|pwd|jwt|sas|hmac|pin)$/i;
// Also where the password holds what a URL cannot: that is just when an error shows it.
const BROKEN_USERINFO = /(?<before>(?<![a-z0-9+.-])[a-z0-9+.-]+:[\\/]+)[^<]*@/gi;
// The authority ends where the URL parser ends it; what stands before its last "@" is user and password.
const AUTHORITY = /^(?<before>\s*(?:[a-z][a-z0-9+.-]*:(?=[\\/]))?[\\/]*)(?<authority>[^\\/?#]*)/i;

/** Hides a value at a path where a key on the way sounds secret. Credentials in URLs are hidden in `shown` already. */
export function maskValue(path: readonly PropertyKey[], shown: string): string {
  return soundsSecret(path) ? MASK : shown;
}

/** Hides credentials in a URL that is one. */
export function maskUrls(text: string): string {
  return text
    .replace(USERINFO, `$<before>${MASK}@`)
    .replace(BARE_USERINFO, `$<before>${MASK}@`)
    .replace(PARAMETER, maskParameter);
}

/** Hides credentials in a target that is a URL, with a scheme or without; in a broken one, all that might be some. */
export function maskTarget(target: string, isValid = true): string {
  const { before = '', authority = '' } = AUTHORITY.exec(target)?.groups ?? {};
  const end = before.length + authority.length;
  const at = (isValid ? target.slice(0, end) : target).lastIndexOf('@');
  return maskUrls(at < before.length ? target : `${before}${MASK}${target.slice(at)}`);
}

/** Where the authority of a URL ends, with a scheme or without: user, password, host and port stand before. */
export function authorityEnd(target: string): number {
  return AUTHORITY.exec(target)?.[0].length ?? 0;
}

function maskParameter(all: string, separator: string, name: string): string {
  return SECRET_PARAMETER.test(decoded(name)) ? `${separator}${name}=${MASK}` : all;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Hides credentials in URLs, also in broken ones. */
export function maskText(text: string): string {
  return maskUrls(text.replace(BROKEN_USERINFO, `$<before>${MASK}@`));
}

/**
 * Hides, in a line of the file, the values of keys that sound secret and credentials in URLs.
 *
 * @param before the lines above, the nearest first: a secret may have begun there.
 * @param column counted from 0; comes back as the column of the same place in what is shown.
 */
export function maskLine(
  text: string,
  { before, column }: { before: Iterable<string>; column: number },
): { text: string; column: number } {
  if (isInsideSecret(text, before)) {
    const indent = /^\s*/.exec(text)?.[0] ?? '';
    return { text: indent + MASK, column: Math.min(column, indent.length) };
  }
  let shown = '';
  let shownColumn = column;
  let end = 0;
  for (const value of secretValues(text)) {
    shown += maskText(text.slice(end, value.start));
    if (column >= value.start) shownColumn = shown.length;
    shown += MASK;
    if (column >= value.end) shownColumn = shown.length + column - value.end;
    end = value.end;
  }
  const rest = text.slice(end);
  if (column >= end) shownColumn = shown.length + maskText(rest.slice(0, column - end)).length;
  return { text: shown + maskText(rest), column: shownColumn };
}

function soundsSecret(path: readonly PropertyKey[]): boolean {
  // The name of a module is the user's own word.
  const words = path[0] === 'modules' ? path.slice(2) : path;
  return words.some((key) => typeof key === 'string' && SECRET_KEY.test(key));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function secretValues(text: string): Range[] {
  const keys = [...text.matchAll(KEY)].filter((found) => SECRET_KEY.test(nameOf(found)));
  const found = [...keys, ...text.matchAll(ANCHOR)].sort((a, b) => a.index - b.index);
  const values: Range[] = [];
  for (const { index, 0: sign } of found) {
    const start = index + sign.length;
    if (index < (values.at(-1)?.end ?? 0) || start === text.length) continue;
    values.push({ start, end: endOfValue(text, start, /[{[]/.test(text.slice(0, start))) });
  }
  return values;
}

// Text in quotes counts as a whole: it may hold commas and brackets.
const TOKEN = /"(?:[^"\\]|\\.)*"?|'[^']*'?|./g;
const DEPTH: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** Where a value ends: at the end of the line, in flow style before the comma or bracket that ends it. */
function endOfValue(text: string, start: number, inFlow: boolean): number {
  if (!inFlow) return text.length;
  let depth = 0;
  for (const { 0: token, index } of text.slice(start).matchAll(TOKEN)) {
    depth += DEPTH[token] ?? 0;
    if (depth < 0 || (depth === 0 && token === ',')) return start + index;
  }
  return text.length;
}

/** Whether a line continues, or stands below, a key that sounds secret. */
function isInsideSecret(text: string, before: Iterable<string>): boolean {
  const path: string[] = [];
  let indent = indentOf(text);
  let isNearest = true;
  for (const line of before) {
    if (line.trim() === '') continue;
    if (isNearest && (endsInsideSecret(line) || isAnchored(text, line))) return true;
    isNearest = false;
    if (indentOf(line) >= indent) continue;
    indent = indentOf(line);
    if (secretValues(line).some(({ end }) => end === line.length)) return true;
    const [key] = line.matchAll(KEY);
    path.unshift(key ? nameOf(key) : '');
    if (indent === 0) break;
  }
  return soundsSecret(path);
}

/** Whether a line is text, and no entry of a mapping or a list, with its anchor on the line before. */
function isAnchored(text: string, before: string): boolean {
  return ENDS_WITH_ANCHOR.test(before) && !/^\s*(?:[-{[#]|$)/.test(text) && !KEY_SIGN.test(text);
}

/** Whether a secret's quote is still open at the end of a line. */
function endsInsideSecret(line: string): boolean {
  const last = secretValues(line).at(-1);
  if (last?.end !== line.length) return false;
  const value = line.slice(last.start).trimEnd();
  const quote = value[0];
  return (quote === '"' || quote === "'") && (value.length === 1 || !value.endsWith(quote));
}

function nameOf({ groups: { double, single, plain } = {} }: RegExpMatchArray): string {
  return double ?? single ?? plain ?? '';
}

/** The column of a line's first word, the dashes of lists before it not counted. */
export function indentOf(line: string): number {
  return /^\s*(?:-\s+)*/.exec(line)?.[0].length ?? 0;
}
