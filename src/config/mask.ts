const SECRET_WORD = /pass|secret|token|credential|authorization|cookie|api.?key/i;
const SECRET_PAIR =
  /(?<key>["']?[\w.-]*(?:pass|secret|token|credential|authorization|cookie|api.?key)[\w.-]*["']?\s*:\s*)(?<value>"[^"]*"?|'[^']*'?|\[[^\]]*\]?|[^,}\s][^,}]*)/gi;
const USERINFO = /(?<scheme>[a-z][a-z0-9+.-]*:\/\/)[^/?#\s"'@]*@/gi;

/** Hides, in a line of the file, the values of keys that sound secret and credentials in URLs. */
export function maskLine(text: string): string {
  return maskUrls(text.replace(SECRET_PAIR, '$<key><secret>'));
}

/** Hides a value at a path where a key on the way sounds secret. */
export function maskValue(path: readonly PropertyKey[], shown: string): string {
  const secret = path.some((key) => typeof key === 'string' && SECRET_WORD.test(key));
  return secret ? '<secret>' : maskUrls(shown);
}

/** Hides credentials in URLs. */
export function maskUrls(text: string): string {
  return text.replace(USERINFO, '$<scheme><secret>@');
}
