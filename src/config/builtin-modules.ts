/**
 * The modules that work without being written: what blackbox_exporter's own example file ships, for the probers that
 * exist here. A module of the same name in the file wins.
 */
export const BUILTIN_MODULES: Readonly<Record<string, unknown>> = {
  http_2xx: { prober: 'http' },
  http_post_2xx: { prober: 'http', http: { method: 'POST' } },
  tcp_connect: { prober: 'tcp' },
  pop3s_banner: {
    prober: 'tcp',
    tcp: {
      query_response: [{ expect: '^+OK' }],
      tls: true,
      tls_config: { insecure_skip_verify: false },
    },
  },
  ssh_banner: {
    prober: 'tcp',
    tcp: { query_response: [{ expect: '^SSH-2.0-' }, { send: 'SSH-2.0-blackbox-ssh-check' }] },
  },
  ssh_banner_extract: {
    prober: 'tcp',
    timeout: '5s',
    tcp: {
      query_response: [
        {
          expect: '^SSH-2.0-([^ -]+)(?: (.*))?$',
          labels: [
            { name: 'ssh_version', value: '${1}' },
            { name: 'ssh_comments', value: '${2}' },
          ],
        },
      ],
    },
  },
  irc_banner: {
    prober: 'tcp',
    tcp: {
      query_response: [
        { send: 'NICK prober' },
        { send: 'USER prober prober prober :prober' },
        { expect: 'PING :([^ ]+)', send: 'PONG ${1}' },
        { expect: '^:[^ ]+ 001' },
      ],
    },
  },
};
