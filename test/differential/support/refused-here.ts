/** Modules files refused here on purpose and taken there: each id has its row in docs/blackbox-differences.md. */
export const REFUSED_HERE: readonly (readonly [id: string, title: string, text: string])[] = [
  ['prober-unknown', 'a prober that does not exist', 'modules: {a: {prober: invalid}}'],
  ['prober-missing', 'a module without prober', 'modules: {a: {timeout: 5s}}'],
  [
    'option-values',
    'a family that does not exist',
    'modules: {a: {prober: tcp, tcp: {preferred_ip_protocol: ip5}}}',
  ],
  [
    'option-values',
    'a status that cannot be',
    'modules: {a: {prober: http, http: {valid_status_codes: [7]}}}',
  ],
  ['option-values', 'a method that is none', 'modules: {a: {prober: http, http: {method: "G T"}}}'],
  ['empty-file', 'a file that says nothing', '{}'],
  [
    'option-values',
    'a status above all',
    'modules: {a: {prober: http, http: {valid_status_codes: [200, 1000]}}}',
  ],
  [
    'option-values',
    'a size of two units',
    'modules: {a: {prober: http, http: {body_size_limit: 5MB500KB}}}',
  ],
  [
    'option-values',
    'a proxy without a scheme',
    'modules: {a: {prober: http, http: {proxy_url: "//proxy:3128"}}}',
  ],
];
