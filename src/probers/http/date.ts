const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;
// RFC 9110, 5.6.7: the form in use, then the two that are obsolete and still to be read.
const FORMS = [
  new RegExp(
    String.raw`^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${TIME} GMT$`,
  ),
  new RegExp(
    String.raw`^[A-Z][a-z]+, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${TIME} GMT$`,
  ),
  new RegExp(
    String.raw`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`,
  ),
];

/**
 * Reads a date of a header.
 *
 * @returns seconds since the epoch, `undefined` where it is none of HTTP's three forms.
 */
export function parseHttpDate(text: string): number | undefined {
  const parts = FORMS.map((form) => form.exec(text)?.groups).find(Boolean);
  const month = MONTHS.indexOf(parts?.month ?? '');
  if (!parts || month === -1) return undefined;
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(
    Number,
  );
  const milliseconds = Date.UTC(wholeYear(parts.year ?? ''), month, day, hour, minute, second);
  // A 31 February would become a day in March.
  return new Date(milliseconds).getUTCDate() === day ? milliseconds / 1000 : undefined;
}

/** Of two digits, as Go has it: 69 to 99 are of the last century. */
function wholeYear(text: string): number {
  const year = Number(text);
  if (text.length > 2) return year;
  return year >= 69 ? 1900 + year : 2000 + year;
}
