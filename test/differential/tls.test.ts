import { differential, type Scenario } from './support/suite.ts';
import {
  KINDS,
  type Kind,
  startTlsPlayground,
  type TlsPlayground,
} from './support/tls-playground.ts';

type TlsScenario = Scenario<TlsPlayground>;
type TlsOptions = Readonly<Record<string, unknown>>;

/** Modules with the certificates of the playground in them: `http` and `tcp` with these TLS settings. */
const settings: Readonly<Record<string, (playground: TlsPlayground) => TlsOptions>> = {
  trusting: ({ caFile }) => ({ ca_file: caFile }),
  distrusting: () => ({}),
  skipping: () => ({ insecure_skip_verify: true }),
  skipping_trusted: ({ caFile }) => ({ ca_file: caFile, insecure_skip_verify: true }),
  named: ({ caFile }) => ({ ca_file: caFile, server_name: 'www.example.com' }),
  other_named: ({ caFile }) => ({ ca_file: caFile, server_name: 'other.example' }),
  with_client: ({ caFile, client }) => ({ ca_file: caFile, ...client }),
  old: ({ caFile }) => ({ ca_file: caFile, max_version: 'TLS12' }),
  new: ({ caFile }) => ({ ca_file: caFile, min_version: 'TLS13' }),
};

const http = (setting: string, kind: Kind, path = ''): TlsScenario => ({
  title: `https, ${setting.replace('_', ' ')}: ${kind}${path}`,
  module: `http_${setting}`,
  target: ({ web }) => `https://${web(kind)}${path}`,
});
const tcp = (setting: string, kind: Kind): TlsScenario => ({
  title: `TLS, ${setting.replace('_', ' ')}: ${kind}`,
  module: `tcp_${setting}`,
  target: ({ greeter }) => greeter(kind),
});

const cases: readonly (readonly [setting: string, kind: Kind])[] = [
  ...KINDS.filter((kind) => kind !== 'wildcard' && kind !== 'asksForClient').flatMap((kind) => [
    ['trusting', kind] as const,
    ['skipping', kind] as const,
  ]),
  ['distrusting', 'good'],
  ['skipping_trusted', 'good'],
  ['named', 'wildcard'],
  ['other_named', 'wrongName'],
  ['other_named', 'good'],
  ['with_client', 'asksForClient'],
  ['trusting', 'asksForClient'],
  ['old', 'tls13'],
  ['new', 'tls12'],
  ['old', 'good'],
  ['new', 'good'],
];

differential('tls', {
  playground: startTlsPlayground,
  named: (playground) =>
    Object.fromEntries(
      Object.entries(settings).flatMap(([name, make]) => {
        const common = { preferred_ip_protocol: 'ip4', tls_config: make(playground) };
        const dialogue = [{ expect: '^220' }];
        return [
          [`http_${name}`, { prober: 'http', timeout: '5s', http: common }],
          [
            `tcp_${name}`,
            {
              prober: 'tcp',
              timeout: '5s',
              tcp: { ...common, tls: true, query_response: dialogue },
            },
          ],
        ];
      }),
    ),
  scenarios: [
    ...cases.map(([setting, kind]) => http(setting, kind)),
    ...cases.map(([setting, kind]) => tcp(setting, kind)),
    {
      title: 'an address that the certificate names',
      module: 'http_trusting',
      target: ({ web }) => `https://${web('good').replace('localhost', '127.0.0.1')}`,
    },
    {
      title: 'an address that the certificate does not name',
      module: 'tcp_trusting',
      target: ({ greeter }) => greeter('commonNameOnly').replace('localhost', '127.0.0.1'),
    },
    {
      title: 'hostname for https',
      module: 'http_trusting',
      target: ({ web }) => `https://${web('wildcard')}`,
      parameters: { hostname: 'www.example.com' },
    },
    {
      title: 'hostname for TLS',
      module: 'tcp_trusting',
      target: ({ greeter }) => greeter('wildcard'),
      parameters: { hostname: 'www.example.com' },
      differs: ['hostname-for-tcp'],
    },
    {
      title: 'https to a peer without TLS',
      module: 'http_trusting',
      target: ({ plain }) => `https://${plain}`,
    },
    { title: 'TLS to a peer without it', module: 'tcp_trusting', target: ({ plain }) => plain },
    {
      title: 'TLS to a peer that says nothing',
      module: { prober: 'tcp', timeout: '500ms', tcp: { preferred_ip_protocol: 'ip4', tls: true } },
      target: ({ silent }) => silent,
    },
    {
      title: 'https to a peer that says nothing',
      module: { prober: 'http', timeout: '500ms', http: { preferred_ip_protocol: 'ip4' } },
      target: ({ silent }) => `https://${silent}`,
    },
  ],
});
