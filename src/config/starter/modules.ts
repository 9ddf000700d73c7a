/** A module for the starter configuration, for what listens on a port that everybody knows. */
interface StarterModule {
  /** What it asks, and what to change. */
  readonly note: string;
  readonly module: Readonly<Record<string, unknown>>;
}

// All that a server says which is alive, whatever it thinks of this request.
const ALIVE = [200, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405];
const NOT_VERIFIED = { insecure_skip_verify: true };

function banner(expect: string): Readonly<Record<string, unknown>> {
  return { prober: 'tcp', tcp: { query_response: [{ expect }] } };
}

function bannerOverTls(expect: string): Readonly<Record<string, unknown>> {
  const tcp = { tls: true, tls_config: NOT_VERIFIED, query_response: [{ expect }] };
  return { prober: 'tcp', tcp };
}

/** Those that the ports of a host may need, by their names. What a built-in module does is not among them. */
export const STARTER_MODULES = {
  http_any_answer: {
    note: 'Any answer but a server error is healthy. Better: the path of a health page as target, and 200 alone here.',
    module: { prober: 'http', http: { follow_redirects: false, valid_status_codes: ALIVE } },
  },
  https_any_answer: {
    note:
      'The same with TLS. The certificate is not verified, as it is not for this address: write the name that it is ' +
      'for as server_name, in place of insecure_skip_verify.',
    module: {
      prober: 'http',
      http: { follow_redirects: false, valid_status_codes: ALIVE, tls_config: NOT_VERIFIED },
    },
  },
  dns_any_answer: {
    note: 'Any answer is healthy. Better: a name that this server has to know, and NOERROR alone.',
    module: {
      prober: 'dns',
      dns: {
        query_name: 'localhost',
        query_type: 'A',
        valid_rcodes: ['NOERROR', 'NXDOMAIN', 'REFUSED'],
      },
    },
  },
  banner_220: {
    note: 'The greeting of SMTP and FTP servers.',
    module: {
      prober: 'tcp',
      tcp: { query_response: [{ expect: '^220[ -]' }, { send: 'QUIT' }] },
    },
  },
  smtps_banner: {
    note: 'The greeting of a mail server with TLS; its certificate is not verified.',
    module: bannerOverTls('^220[ -]'),
  },
  imap_banner: {
    note: 'The greeting of a mailbox server.',
    module: banner('^\\* (OK|PREAUTH)'),
  },
  imaps_banner: {
    note: 'The greeting of a mailbox server with TLS; its certificate is not verified.',
    module: bannerOverTls('^\\* (OK|PREAUTH)'),
  },
  pop3_banner: { note: 'The greeting of a mailbox server.', module: banner('^\\+OK') },
  pop3s_any_certificate: {
    note: 'The greeting of a mailbox server with TLS; its certificate is not verified.',
    module: bannerOverTls('^\\+OK'),
  },
  redis_ping: {
    note: 'PING and its answer; to be asked for a password first is healthy too.',
    module: {
      prober: 'tcp',
      tcp: { query_response: [{ send: 'PING' }, { expect: '^(\\+PONG|-NOAUTH|-DENIED)' }] },
    },
  },
  memcached_version: {
    note: 'The version that memcached tells.',
    module: {
      prober: 'tcp',
      tcp: { query_response: [{ send: 'version\r' }, { expect: '^VERSION ' }] },
    },
  },
} as const satisfies Readonly<Record<string, StarterModule>>;

/** The name of one of {@link STARTER_MODULES}. */
export type StarterModuleName = keyof typeof STARTER_MODULES;
