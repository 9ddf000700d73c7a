/** What somebody may write who wants a page to do something else than show it. */
export const HOSTILE_TEXTS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  '</title></style></textarea></table><h1>mine</h1>',
  '<style>*{display:none}</style><base href="http://192.0.2.1/">',
  '<meta http-equiv="refresh" content="0;url=http://192.0.2.1/">',
  'javascript:alert(1)',
  '&lt;b&gt;&#60;script&#62;',
  '${alert(1)} {{7*7}} %3Cscript%3E',
  '\u202Etxt.exe\u2066 left to right',
  'שלום עולם 123',
  'nul \0 bell \u0007 escape \u001B[31m line\r\nend \u2028',
  '👩‍👩‍👧‍👦 🏴‍☠️ é ﷽ 𝒳 \uD800',
  'x'.repeat(10_000),
  'Ẑ̴̨̛͓̦̃͐a̶̡͌l̵̼͘g̵̙̈́ơ̷̯',
];
