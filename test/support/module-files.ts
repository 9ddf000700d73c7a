/** Modules files, and whether blackbox_exporter and we take them. */
export const MODULE_FILES: readonly (readonly [title: string, text: string, accepted: boolean])[] =
  [
    ['an empty module list', 'modules: {}', true],
    [
      'a module of each prober',
      'modules: {a: {prober: http}, b: {prober: tcp}, c: {prober: icmp}, d: {prober: grpc}, e: {prober: dns, dns: {query_name: example.com}}}',
      true,
    ],
    [
      'blocks of other probers',
      'modules: {a: {prober: http, tcp: {tls: true}, icmp: {payload_size: 10}}}',
      true,
    ],
    ['empty blocks', 'modules: {a: {prober: http, http: , tcp: }}', true],
    [
      'empty options',
      'modules: {a: {prober: http, http: {headers: , valid_status_codes: , tls_config: , body: }}}',
      true,
    ],
    [
      'numbers for text',
      'modules: {a: {prober: http, http: {body: 123, headers: {X-A: 1, X-B: true}, fail_if_body_matches_regexp: [200]}}}',
      true,
    ],
    [
      'booleans of YAML 1.1',
      'modules: {a: {prober: http, http: {fail_if_ssl: yes, follow_redirects: off}}}',
      true,
    ],
    ['a timeout with a fraction', 'modules: {a: {prober: http, timeout: 2.5s}}', true],
    [
      'an anchor and a merge',
      'modules: {a: &a {prober: http, http: &h {method: POST}}, b: {<<: *a, timeout: 5s}}',
      true,
    ],
    [
      'binary text',
      'modules: {a: {prober: tcp, tcp: {query_response: [{send: !!binary "AAE="}]}}}',
      true,
    ],
    ['sizes', 'modules: {a: {prober: http, http: {body_size_limit: 10MB}}}', true],
    ['a size of nothing', 'modules: {a: {prober: http, http: {body_size_limit: 0}}}', true],
    [
      'basic_auth',
      'modules: {a: {prober: http, http: {basic_auth: {username: a, password: b}}}}',
      true,
    ],
    ['a bearer token', 'modules: {a: {prober: http, http: {bearer_token: a}}}', true],
    [
      'oauth2',
      'modules: {a: {prober: http, http: {oauth2: {client_id: a, client_secret: b, token_url: "http://localhost/", scopes: [a]}}}}',
      true,
    ],
    ['a proxy', 'modules: {a: {prober: http, http: {proxy_url: "http://127.0.0.1:3128"}}}', true],
    [
      'compression that is accepted',
      'modules: {a: {prober: http, http: {compression: gzip, headers: {Accept-Encoding: "gzip;q=0.5, *;q=0"}}}}',
      true,
    ],
    [
      'a dialogue',
      'modules: {a: {prober: tcp, tcp: {query_response: [{expect: "^220 (.*)$", send: "EHLO ${1}"}, {starttls: true}]}}}',
      true,
    ],
    [
      'every option of dns',
      'modules: {a: {prober: dns, dns: {query_name: a, query_type: SOA, query_class: CH, transport_protocol: tcp, dns_over_tls: true, recursion_desired: false, valid_rcodes: [NOERROR, NXDOMAIN], validate_answer_rrs: {fail_if_matches_regexp: [a], fail_if_none_matches_regexp: [b]}}}}',
      true,
    ],
    [
      'every option of icmp',
      'modules: {a: {prober: icmp, icmp: {preferred_ip_protocol: ip4, source_ip_address: 127.0.0.1, payload_size: 64, dont_fragment: true, ttl: 5}}}',
      true,
    ],
    [
      'every option of grpc',
      'modules: {a: {prober: grpc, grpc: {service: a, tls: true, tls_config: {insecure_skip_verify: true}, preferred_ip_protocol: ip4, ip_protocol_fallback: false}}}',
      true,
    ],

    ['nothing at all', 'modules: [', false],
    [
      'text for a number',
      'modules: {a: {prober: http, http: {valid_status_codes: ["200"]}}}',
      false,
    ],
    ['an unknown key', 'modules: {a: {prober: http}}\nmodule: {}', false],
    ['an unknown option', 'modules: {a: {prober: http, http: {invalid_extra_field: 1}}}', false],
    [
      'an unknown option of another block',
      'modules: {a: {prober: http, tcp: {invalid_extra_field: 1}}}',
      false,
    ],
    ['a list for a module', 'modules: {a: [http]}', false],
    ['text for a list', 'modules: {a: {prober: http, http: {valid_status_codes: 200}}}', false],
    ['text for a boolean', 'modules: {a: {prober: http, http: {fail_if_ssl: maybe}}}', false],
    ['a bad duration', 'modules: {a: {prober: http, timeout: soon}}', false],
    [
      'two bearer tokens',
      'modules: {a: {prober: http, http: {bearer_token: a, bearer_token_file: b}}}',
      false,
    ],
    [
      'two kinds of credentials',
      'modules: {a: {prober: http, http: {bearer_token: a, basic_auth: {username: b}}}}',
      false,
    ],
    [
      'authorization of type basic',
      'modules: {a: {prober: http, http: {authorization: {type: basic, credentials: a}}}}',
      false,
    ],
    ['dns without a name', 'modules: {a: {prober: dns, dns: {}}}', false],
    [
      'a bad query class',
      'modules: {a: {prober: dns, dns: {query_name: a, query_class: X}}}',
      false,
    ],
    ['a bad query type', 'modules: {a: {prober: dns, dns: {query_name: a, query_type: X}}}', false],
    [
      'a header rule without expression',
      'modules: {a: {prober: http, http: {fail_if_header_matches: [{header: A}]}}}',
      false,
    ],
    [
      'a header rule without header',
      'modules: {a: {prober: http, http: {fail_if_header_matches: [{regexp: a}]}}}',
      false,
    ],
    [
      'a bad expression for the body',
      'modules: {a: {prober: http, http: {fail_if_body_matches_regexp: [":["]}}}',
      false,
    ],
    [
      'a bad expression that must match',
      'modules: {a: {prober: http, http: {fail_if_body_not_matches_regexp: [":["]}}}',
      false,
    ],
    [
      'a bad expression for a header',
      'modules: {a: {prober: http, http: {fail_if_header_matches: [{header: A, regexp: ":["}]}}}',
      false,
    ],
    [
      'a bad expression of a dialogue',
      'modules: {a: {prober: tcp, tcp: {query_response: [{expect: ":["}]}}}',
      false,
    ],
    [
      'an expression with what RE2 does not have',
      'modules: {a: {prober: http, http: {fail_if_body_matches_regexp: ["(?=a)"]}}}',
      false,
    ],
    [
      'compression that is not accepted',
      'modules: {a: {prober: http, http: {compression: gzip, headers: {accEpt-enCoding: deflate}}}}',
      false,
    ],
    [
      'compression where nothing is accepted',
      'modules: {a: {prober: http, http: {compression: gzip, headers: {Accept-Encoding: "*;q=0.0"}}}}',
      false,
    ],
    ['a negative ttl', 'modules: {a: {prober: icmp, icmp: {ttl: -1}}}', false],
    ['a ttl that is too large', 'modules: {a: {prober: icmp, icmp: {ttl: 256}}}', false],
    ['a bad size', 'modules: {a: {prober: http, http: {body_size_limit: large}}}', false],
    ['a key twice', 'modules: {a: {prober: http, prober: tcp}}', false],
    [
      'oauth2 without a token_url',
      'modules: {a: {prober: http, http: {oauth2: {client_id: a, client_secret: b}}}}',
      false,
    ],
    [
      'a password and its file',
      'modules: {a: {prober: http, http: {basic_auth: {username: a, password: b, password_file: c}}}}',
      false,
    ],
  ];
