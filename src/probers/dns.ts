import { defineProber, type ProbeContext } from './contract.ts';
import { rcodeFailure, recordsFailure } from './dns/judge.ts';
import { type DnsLine, openUdp, overStream } from './dns/line.ts';
import { type DnsAnswer, encodeQuery } from './dns/message.ts';
import { rcodeName, typeNumber } from './dns/numbers.ts';
import { type DnsOptions, dnsOptions } from './dns/options.ts';
import {
  addressMetrics,
  addressProbeDefaults,
  assertSameVersion,
  findAddress,
  hostPort,
} from './shared/address.ts';
import { emitIdentity, tlsMetrics } from './shared/certificate.ts';
import { dial, Lifeline } from './shared/dial.ts';
import type { PermittedAddress } from './shared/gate.ts';
import { parseHostPort } from './shared/host-port.ts';
import { regexpMetrics } from './shared/regexp.ts';
import { secure } from './shared/secure.ts';
import { createStopwatch } from './shared/stopwatch.ts';
import { parsedTarget, problemBy } from './shared/target.ts';
import { clientKeyOption } from './shared/tls-options.ts';

const metrics = {
  ...addressMetrics,
  ...tlsMetrics,
  ...regexpMetrics,
  probe_dns_duration_seconds: {
    help: 'How long each phase of the query took. Absent for a phase not reached.',
    labels: ['phase'],
  },
  probe_dns_answer_rrs: { help: 'Records in the answer section.', unreached: 0 },
  probe_dns_authority_rrs: { help: 'Records in the authority section.', unreached: 0 },
  probe_dns_additional_rrs: { help: 'Records in the additional section.', unreached: 0 },
  probe_dns_query_succeeded: {
    help: 'Whether an answer came, with whatever response code: 1, or 0.',
    unreached: 0,
  },
  probe_dns_serial: { help: 'Serial number of the zone, where the query was for its SOA record.' },
  probe_dns_rcode_info: { help: 'Response code of the answer.', labels: ['rcode'] },
  probe_dns_truncated: {
    help: 'Whether the answer was cut off: 1, or 0. It is judged as it came, TCP is not tried.',
  },
} as const;

type Context = ProbeContext<DnsOptions, typeof metrics>;

export const dns = defineProber({
  name: 'dns',
  summary: 'A DNS server answers a query as it should, over UDP, TCP or TLS.',
  target: {
    description:
      'host or host:port of the server; port 53 where none is given, 853 over TLS. An IPv6 address with a port goes in brackets',
    example: '192.0.2.53:53',
    problem: problemBy(parseHostPort),
  },
  options: dnsOptions,
  metrics,
  probeDefaults: addressProbeDefaults,
  credentialOption: ({ tls_config }) => clientKeyOption('tls_config', tls_config),
  probe,
});

async function probe(context: Context): Promise<void> {
  const { options, signal, emit, log } = context;
  const { host, port = options.dns_over_tls ? 853 : 53 } = parsedTarget(
    parseHostPort,
    context.target,
  );
  const stopwatch = createStopwatch<'resolve' | 'connect' | 'request'>((phase, seconds) =>
    emit('probe_dns_duration_seconds', seconds, { phase }),
  );
  emit('probe_dns_query_succeeded', 0);

  const place = { role: 'target', scheme: 'dns', host, port } as const;
  const address = await findAddress(place, context);
  stopwatch.lap('resolve');

  const lifeline = new Lifeline(signal);
  const line = await open(context, { host, port, address, lifeline });
  stopwatch.lap('connect');

  const query = encodeQuery({
    name: options.query_name,
    type: options.query_type,
    class: options.query_class,
    recursionDesired: options.recursion_desired,
  });
  const answer = await line.ask(query, log);
  stopwatch.lap('request');
  lifeline.end();

  emitAnswer(context, answer);
  judge(context, answer);
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly address: PermittedAddress;
  readonly lifeline: Lifeline;
}

async function open(
  { options, emit, log }: Context,
  { host, port, address, lifeline }: Server,
): Promise<DnsLine> {
  const sourceIp = options.source_ip_address;
  assertSameVersion(address, sourceIp);
  if (options.transport_protocol === 'udp') return openUdp(address, lifeline, sourceIp);
  const socket = await dial(address, lifeline, sourceIp);
  log('connected', { ip: address.ip, port });
  const peer = hostPort(host, port);
  if (!options.dns_over_tls) return overStream(socket, peer);

  const config = options.tls_config;
  const name = config?.server_name || host;
  const session = await secure(socket, { config, name, peer, lifeline, emit, log });
  emitIdentity(emit, session);
  return overStream(session.socket, peer);
}

function emitAnswer({ options, emit, log }: Context, answer: DnsAnswer): void {
  const { rcode, truncated, answers, authorities, additionals } = answer;
  emit('probe_dns_query_succeeded', 1);
  emit('probe_dns_answer_rrs', answers.length);
  emit('probe_dns_authority_rrs', authorities.length);
  emit('probe_dns_additional_rrs', additionals.length);
  emit('probe_dns_rcode_info', 1, { rcode: rcodeName(rcode) });
  emit('probe_dns_truncated', truncated ? 1 : 0);
  const serial = answers.findLast((record) => record.serial !== undefined)?.serial;
  if (typeNumber(options.query_type) === typeNumber('SOA') && serial !== undefined) {
    emit('probe_dns_serial', serial);
  }
  log('answered', { rcode: rcodeName(rcode), answers: answers.length });
  if (truncated) log('the answer is cut off, and what is missing is not asked for again over TCP');
}

function judge({ options, emit }: Context, answer: DnsAnswer): void {
  emit('probe_failed_due_to_regex', 0);
  const rcode = rcodeFailure(answer, options);
  if (rcode) throw rcode;
  const records = recordsFailure(answer, options);
  if (!records) return;
  emit('probe_failed_due_to_regex', 1);
  throw records;
}
