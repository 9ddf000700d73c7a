import { type HttpPlayground, startHttpPlayground } from './support/http-playground.ts';
import { differential, type Scenario } from './support/suite.ts';

type HttpScenario = Scenario<HttpPlayground>;

/** A scenario of the `http` prober: a path of the playground, and the module's `http` block. */
function http(
  title: string,
  path: string,
  options: Readonly<Record<string, unknown>> = {},
  more: Partial<HttpScenario> = {},
): HttpScenario {
  return {
    title,
    module: { prober: 'http', timeout: '5s', http: { preferred_ip_protocol: 'ip4', ...options } },
    target: ({ host }) => `http://${host}${path}`,
    ...more,
  };
}

const statuses: HttpScenario[] = [
  ...[200, 201, 204, 299, 300, 304, 400, 404, 500, 503].map((status) =>
    http(`the status ${status}`, `/status/${status}`),
  ),
  ...[200, 404].map((status) =>
    http(`the status ${status} where 404 and 410 are valid`, `/status/${status}`, {
      valid_status_codes: [404, 410],
    }),
  ),
  http('a status that is not known', '/status/799'),
];

const versions: HttpScenario[] = [
  ...['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0'].map((version) =>
    http(`the version where only ${version} is valid`, '/text', { valid_http_versions: [version] }),
  ),
  http('the version where several are valid', '/text', {
    valid_http_versions: ['HTTP/1.1', 'HTTP/2.0'],
  }),
];

const redirects: HttpScenario[] = [
  http('a redirect', '/redirect/1'),
  http('ten redirects', '/redirect/10'),
  http('eleven redirects', '/redirect/11'),
  ...[
    http('a redirect that is not followed', '/redirect/1', { follow_redirects: false }),
    http('a redirect that is not followed and valid', '/redirect/1', {
      follow_redirects: false,
      valid_status_codes: [302],
    }),
    http('a redirect that is not followed, by the old option', '/redirect/1', {
      no_follow_redirects: true,
      valid_status_codes: [302],
    }),
  ].map((scenario) => ({ ...scenario, differs: ['body-of-a-redirect'] })),
  ...[301, 303, 307, 308].map((status) =>
    http(`a redirect by ${status}`, `/redirect/1?status=${status}`),
  ),
  ...[301, 302, 303, 307, 308].map((status) =>
    http(
      `what method follows a POST after ${status}`,
      `/redirect/1?status=${status}&to=/needs?method=GET`,
      {
        method: 'POST',
        body: 'x',
      },
    ),
  ),
  http('a redirect to a failing page', '/redirect/1?to=/status/500'),
  http('a redirect without a place', '/location'),
  http('a redirect to an empty place', '/location?to='),
  http('a redirect to another scheme', '/location?to=ftp://localhost/'),
  http('a redirect to nobody', '/location?to=http://127.0.0.1:1/'),
  http('a relative redirect', '/location?to=text'),
  http('a redirect to a query', '/location?to=?to=/text'),
  http('a status that is no redirect but has a place', '/header?location=/status/500'),
];

const bodies: HttpScenario[] = [
  http('an empty body', '/status/200?', { method: 'HEAD' }),
  http('a chunked body', '/chunked'),
  http('a body cut short', '/truncated'),
  http('a large body', '/large?length=300000'),
  ...['gzip', 'br', 'deflate', 'none'].map((coding) =>
    http(`a ${coding} body taken as it comes`, `/encoded/${coding}`),
  ),
  ...['gzip', 'br', 'deflate', 'identity'].map((compression) =>
    http(
      `a ${compression} body as asked for`,
      `/encoded/${compression === 'identity' ? 'none' : compression}`,
      {
        compression,
        fail_if_body_not_matches_regexp: ['Hello'],
      },
    ),
  ),
  ...[
    ['gzip', 'none'],
    ['br', 'gzip'],
    ['deflate', 'br'],
  ].map(([compression, coding]) =>
    http(
      `a ${coding} body where ${compression} is asked for`,
      `/encoded/${coding}`,
      { compression },
      { differs: coding === 'br' ? ['bytes-before-a-broken-stream'] : [] },
    ),
  ),
  http('a compressed body that says so by other words', '/encoded/gzip?says=x-gzip', {
    compression: 'gzip',
  }),
  http('an error page where gzip is asked for', '/status/404', { compression: 'gzip' }),
  http('a body within the limit', '/large?length=1000', { body_size_limit: '1000B' }),
  http('a body longer than the limit', '/large?length=1001', { body_size_limit: '1000B' }),
  http('a compressed body within the limit', '/encoded/gzip?times=20', {
    compression: 'gzip',
    body_size_limit: '1KB',
  }),
  http('a compressed body longer than the limit', '/encoded/gzip?times=50', {
    compression: 'gzip',
    body_size_limit: '1KB',
  }),
];

const bodyMatches: HttpScenario[] = (
  [
    ['one that matches', { fail_if_body_matches_regexp: ['Hello'] }],
    ['one that does not match', { fail_if_body_matches_regexp: ['Bye'] }],
    ['several, one of which matches', { fail_if_body_matches_regexp: ['Bye', 'page'] }],
    ['one that has to match', { fail_if_body_not_matches_regexp: ['Hello'] }],
    ['one that has to match and does not', { fail_if_body_not_matches_regexp: ['Bye'] }],
    ['several that have to match', { fail_if_body_not_matches_regexp: ['Hello', 'page'] }],
    [
      'several that have to match, one does not',
      { fail_if_body_not_matches_regexp: ['Hello', 'Bye'] },
    ],
    ['flags and classes', { fail_if_body_not_matches_regexp: ['(?i)HELLO,\\s+[[:alpha:]]+'] }],
    ['anchors', { fail_if_body_not_matches_regexp: ['\\AHello', '\\n\\z', '(?m)it\\.$'] }],
  ] as const
).map(([what, options]) => http(`a body and an expression: ${what}`, '/text', options));

const binary: HttpScenario[] = [
  http('a binary body and an expression on bytes', '/bytes?hex=00ff10fe', {
    fail_if_body_not_matches_regexp: ['^\\x00.\\x10'],
  }),
  http('a body that is not UTF-8', '/bytes?hex=c3284142', {
    fail_if_body_not_matches_regexp: ['AB$'],
  }),
  http('a body in Unicode', `/text?is=${encodeURIComponent('grüße 🚀')}`, {
    fail_if_body_not_matches_regexp: ['^gr.ße 🚀$'],
  }),
  http('a bad status before the expression is tried', '/status/500', {
    fail_if_body_matches_regexp: ['Hello'],
  }),
];

const forbidden = { fail_if_body_matches_regexp: ['FORBIDDEN'] };
const wanted = { fail_if_body_not_matches_regexp: ['WANTED'] };
const strange: HttpScenario[] = [
  http('a forbidden word behind the first mebibyte', '/behind?is=FORBIDDEN', forbidden, {
    differs: ['first-mebibyte'],
  }),
  http('a wanted word behind the first mebibyte', '/behind?is=WANTED', wanted, {
    differs: ['first-mebibyte'],
  }),
  http('a wanted word behind the first mebibyte, with a limit', '/behind?is=WANTED', {
    ...wanted,
    body_size_limit: '3MB',
  }),
  http('an expression on a body cut short', '/truncated', wanted, {
    differs: ['expressions-on-a-broken-body'],
  }),
  http(
    'a method in small letters',
    '/text',
    { method: 'get' },
    { differs: ['method-in-capitals'] },
  ),
  http('who asks', '/needs?user-agent=healthcheck-exporter', {}, { differs: ['user-agent'] }),
  http('a header on a redirect to oneself', '/redirect/1?to=/needs?x-a=one', {
    headers: { 'X-A': 'one' },
  }),
  {
    ...http('a header on a redirect to another host', '', { headers: { 'X-A': 'one' } }),
    target: ({ host }) =>
      `${host}/location?to=http://${host.replace('127.0.0.1', 'localhost')}/needs?x-a=one`,
    differs: ['headers-to-strangers'],
  },
  http(
    'eleven redirects where that is valid',
    '/redirect/11',
    { valid_status_codes: [302] },
    { differs: ['body-of-a-redirect'] },
  ),
  http('Last-Modified that is a number', '/header?last-modified=2020'),
  http('a method of WebDAV', '/needs?method=PROPFIND', { method: 'PROPFIND' }),
  http('a method with a dash', '/needs?method=M-SEARCH', { method: 'M-SEARCH' }),
  http('compression in capitals', '/encoded/gzip', { compression: 'GZIP' }),
  http('no family at all', '/text', { preferred_ip_protocol: '' }),
];

const headerMatch = (header: string, regexp: string, more = {}) => ({ header, regexp, ...more });
const headers: HttpScenario[] = (
  [
    ['one that matches', '/header?x-a=one', 'fail_if_header_matches', [headerMatch('X-A', 'one')]],
    ['one that does not', '/header?x-a=one', 'fail_if_header_matches', [headerMatch('X-A', 'two')]],
    [
      'a name in other case',
      '/header?x-a=one',
      'fail_if_header_matches',
      [headerMatch('x-A', '^one$')],
    ],
    ['an empty value', '/header?x-a=', 'fail_if_header_matches', [headerMatch('X-A', '^$')]],
    ['one that is missing', '/text', 'fail_if_header_matches', [headerMatch('X-A', 'one')]],
    [
      'one that may be missing',
      '/text',
      'fail_if_header_matches',
      [headerMatch('X-A', 'one', { allow_missing: true })],
    ],
    [
      'one of several values',
      '/header?set-cookie=a=1&set-cookie=b=2',
      'fail_if_header_matches',
      [headerMatch('Set-Cookie', '^b=')],
    ],
    [
      'none of several values',
      '/header?set-cookie=a=1&set-cookie=b=2',
      'fail_if_header_matches',
      [headerMatch('Set-Cookie', '^c=')],
    ],
    [
      'several rules',
      '/header?x-a=one&x-b=two',
      'fail_if_header_matches',
      [headerMatch('X-A', 'none'), headerMatch('X-B', 'two')],
    ],
    [
      'one that has to match',
      '/header?x-a=one',
      'fail_if_header_not_matches',
      [headerMatch('X-A', 'one')],
    ],
    [
      'one that has to match and does not',
      '/header?x-a=one',
      'fail_if_header_not_matches',
      [headerMatch('X-A', 'two')],
    ],
    [
      'one that has to match and is missing',
      '/text',
      'fail_if_header_not_matches',
      [headerMatch('X-A', 'one')],
    ],
    [
      'one that has to match or be missing',
      '/text',
      'fail_if_header_not_matches',
      [headerMatch('X-A', 'one', { allow_missing: true })],
    ],
    [
      'one value of several that has to match',
      '/header?set-cookie=a=1&set-cookie=b=2',
      'fail_if_header_not_matches',
      [headerMatch('Set-Cookie', '^b=')],
    ],
    [
      'no value of several that has to match',
      '/header?set-cookie=a=1&set-cookie=b=2',
      'fail_if_header_not_matches',
      [headerMatch('Set-Cookie', '^c=')],
    ],
    [
      'a bad status before',
      '/status/500',
      'fail_if_header_not_matches',
      [headerMatch('X-A', 'one')],
    ],
  ] as const
).map(([what, path, option, rules]) => http(`headers: ${what}`, path, { [option]: rules }));

const requests: HttpScenario[] = [
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'].map((method) =>
    http(`the method ${method}`, `/needs?method=${method}`, { method }),
  ),
  http('a header to send', '/needs?x-a=one', { headers: { 'X-A': 'one' } }),
  http('a Host header to send', '/needs?host=one.example', { headers: { Host: 'one.example' } }),
  http('a User-Agent to send', '/needs?user-agent=me', { headers: { 'User-Agent': 'me' } }),
  http('what is accepted where nothing is said', '/needs?accept-encoding=&accept='),
  http(
    'what is accepted where gzip is',
    '/needs?accept-encoding=gzip',
    { compression: 'gzip' },
    { differs: ['accept-encoding'] },
  ),
  http('what is accepted where a header says so', '/needs?accept-encoding=gzip%3Bq%3D0.5', {
    headers: { 'Accept-Encoding': 'gzip;q=0.5' },
    compression: 'gzip',
  }),
  http('a body to send', '/body?is=some%20text', { method: 'POST', body: 'some text' }),
  http('a body to send with GET', '/body?is=some%20text', { body: 'some text' }),
  http('the length of a body to send', '/needs?content-length=9', {
    method: 'POST',
    body: 'some text',
  }),
  http('the length of no body', '/needs?content-length=0', { method: 'POST' }),
  http(
    'a user and a password',
    `/needs?authorization=${encodeURIComponent('Basic dXNlcjpwYXNz')}`,
    {
      basic_auth: { username: 'user', password: 'pass' },
    },
  ),
  http('a bearer token', '/needs?authorization=Bearer%20abc', { bearer_token: 'abc' }),
  http('credentials of another kind', '/needs?authorization=Key%20abc', {
    authorization: { type: 'Key', credentials: 'abc' },
  }),
  http(
    'a user and a password in the URL',
    '/',
    {},
    {
      target: ({ host }) => `http://user:pass@${host}/needs?authorization=Basic%20dXNlcjpwYXNz`,
    },
  ),
  http('hostname', '/needs?host=one.example', {}, { parameters: { hostname: 'one.example' } }),
  http(
    'hostname that differs from the Host header',
    '/text',
    { headers: { Host: 'one.example' } },
    {
      parameters: { hostname: 'two.example' },
    },
  ),
  http(
    'hostname that is the Host header',
    '/text',
    { headers: { Host: 'one.example' } },
    {
      parameters: { hostname: 'one.example' },
    },
  ),
];

const cookies: HttpScenario[] = [
  http('a cookie set on a redirect', '/set-cookie?cookie=a=1&then=a=1'),
  http('two cookies set on a redirect', '/set-cookie?cookie=a=1&cookie=b=2&then=a=1%3B%20b=2'),
  http(
    'a cookie for another path',
    `/set-cookie?cookie=${encodeURIComponent('a=1; Path=/other')}&then=`,
  ),
  http('a cookie for TLS only', `/set-cookie?cookie=${encodeURIComponent('a=1; Secure')}&then=`),
  http(
    'a cookie that has expired',
    `/set-cookie?cookie=${encodeURIComponent('a=1; Max-Age=0')}&then=`,
  ),
  http(
    'a cookie for another domain',
    `/set-cookie?cookie=${encodeURIComponent('a=1; Domain=example.com')}&then=`,
  ),
  http('a cookie that makes no sense', '/set-cookie?cookie=%3B%3B%3D&then='),
];

const policies: HttpScenario[] = [
  http('fail_if_ssl without TLS', '/text', { fail_if_ssl: true }),
  http('fail_if_not_ssl without TLS', '/text', { fail_if_not_ssl: true }),
  http('tls_config without TLS', '/text', { tls_config: { insecure_skip_verify: true } }),
  http(
    'Last-Modified',
    `/header?last-modified=${encodeURIComponent('Wed, 21 Oct 2015 07:28:00 GMT')}`,
  ),
  http('Last-Modified that is no date', '/header?last-modified=yesterday'),
];

const targets: HttpScenario[] = [
  http('a target without a scheme', '', {}, { target: ({ host }) => `${host}/text` }),
  http('a target with a fragment', '/text#part'),
  http('a target with a query', '/needs?host=x'),
  http('a target that escapes', '/a%20b/%C3%A4?c=%26'),
  http(
    'a target with localhost',
    '',
    {},
    { target: ({ host }) => host.replace('127.0.0.1', 'localhost') },
  ),
  http('a name that does not exist', '', {}, { target: () => 'http://does-not-exist.invalid/' }),
  http('a closed port', '', {}, { target: ({ closed }) => closed }),
  http('a peer that speaks something else', '', {}, { target: ({ banner }) => banner }),
  http('a family that the address is not of', '/text', {
    preferred_ip_protocol: 'ip6',
    ip_protocol_fallback: false,
  }),
  http('a family that the address is not of, with fallback', '/text', {
    preferred_ip_protocol: 'ip6',
  }),
  http(
    'TLS to a peer that does not speak it',
    '',
    {},
    { target: ({ host }) => `https://${host}/` },
  ),
];

const slow: HttpScenario[] = [
  ...(['/silent', '/half'] as const).map((path) => ({
    ...http(`a page that hangs at ${path}`, path),
    module: { prober: 'http', timeout: '500ms', http: { preferred_ip_protocol: 'ip4' } },
  })),
  {
    ...http('a peer that says nothing', ''),
    module: { prober: 'http', timeout: '500ms', http: { preferred_ip_protocol: 'ip4' } },
    target: ({ silent }) => silent,
  },
];

differential('http', {
  playground: startHttpPlayground,
  scenarios: [
    ...statuses,
    ...versions,
    ...redirects,
    ...bodies,
    ...bodyMatches,
    ...binary,
    ...headers,
    ...requests,
    ...cookies,
    ...policies,
    ...targets,
    ...slow,
    ...strange,
  ],
});
