/**
 * The modules that work without being written: those of the file that blackbox_exporter ships, but for the one that
 * speaks HTTP/3. A module of the same name in the file wins.
 */
export const BUILTIN_MODULES: Readonly<Record<string, unknown>> = {
  http_2xx: { prober: 'http', http: { preferred_ip_protocol: 'ip4' } },
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
  grpc: { prober: 'grpc', grpc: { tls: true, preferred_ip_protocol: 'ip4' } },
  grpc_plain: { prober: 'grpc', grpc: { tls: false, service: 'service1' } },
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
  icmp: { prober: 'icmp' },
  icmp_ttl5: { prober: 'icmp', timeout: '5s', icmp: { ttl: 5 } },
  websocket: { prober: 'websocket' },
  postgresql: {
    prober: 'tcp',
    tcp: {
      query_response: [
        // The SSLRequest of PostgreSQL's protocol. With blackbox_exporter's "send" a line feed would follow it.
        { send_bytes: Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]) },
        { expect_bytes: 'S' },
        { starttls: true },
      ],
    },
  },
};
