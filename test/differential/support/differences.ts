import type { Difference } from './compare.ts';

/** What a suite of scenarios is about. */
export type Area = 'requests' | 'http' | 'tls' | 'tcp' | 'dns' | 'grpc' | 'icmp';

/** A way in which the answers may differ, and do: the same rows as in docs/blackbox-differences.md. */
export interface AcceptedDifference {
  readonly id: string;
  /** Where it shows. Each of these suites has to see it. */
  readonly areas: readonly Area[];
  /** Whether every scenario may show it; otherwise those that name it. */
  readonly everywhere: boolean;
  /** The version of blackbox_exporter from which on it is gone. */
  readonly until?: string;
  readonly matches: (difference: Difference) => boolean;
}

const FAILING_AREAS: readonly Area[] = ['http', 'tls', 'tcp', 'dns', 'grpc', 'icmp'];
const EVERY_AREA: readonly Area[] = ['requests', ...FAILING_AREAS];

const onlyHere =
  (...names: string[]) =>
  ({ kind, what }: Difference) =>
    kind === 'only here' && names.includes(nameOf(what));
const missingPhase = ({ kind, what }: Difference) =>
  kind === 'missing here' && /^probe_[a-z]+_duration_seconds\{phase=/.test(what);
const isVerdictByExpression = ({ kind, what }: Difference) =>
  kind === 'value' && ['probe_success', 'probe_failed_due_to_regex'].includes(what);
// Whatever else the page says that a bad request gets.
const isVerdictByStatus = ({ kind, what }: Difference) =>
  kind === 'value' && (what === 'probe_success' || /^probe_http_(?!duration)/.test(what));
const status = (oracle: number, ours: number) => (difference: Difference) =>
  difference.kind === 'status' && difference.oracle === oracle && difference.ours === ours;

/** @see AcceptedDifference */
export const DIFFERENCES: readonly AcceptedDifference[] = [
  {
    id: 'probe-timeout-metric',
    areas: EVERY_AREA,
    everywhere: true,
    until: '0.29.0',
    matches: onlyHere('probe_timeout_seconds'),
  },
  {
    id: 'failure-reason',
    areas: FAILING_AREAS,
    everywhere: true,
    matches: onlyHere('probe_failure_info'),
  },
  {
    id: 'phases-not-reached',
    areas: ['http', 'tls', 'requests', 'grpc'],
    everywhere: true,
    matches: (difference) => missingPhase(difference) && difference.oracle === 0,
  },
  {
    id: 'phases-cut-short',
    areas: ['http', 'dns', 'icmp'],
    everywhere: true,
    matches: (difference) => missingPhase(difference) && difference.down,
  },
  {
    id: 'bytes-that-differ',
    areas: ['tls', 'tcp'],
    everywhere: true,
    until: '0.28.0',
    matches: onlyHere('probe_failed_due_to_bytes'),
  },
  {
    id: 'expressions-before-connect',
    areas: ['tcp'],
    everywhere: true,
    until: '0.28.0',
    matches: ({ kind, what }) => kind === 'missing here' && what === 'probe_failed_due_to_regex',
  },
  {
    id: 'first-mebibyte',
    areas: ['http'],
    everywhere: false,
    matches: isVerdictByExpression,
  },
  {
    id: 'expressions-on-a-broken-body',
    areas: ['http'],
    everywhere: false,
    matches: ({ what, oracle, ours }) =>
      what === 'probe_failed_due_to_regex' && oracle === 1 && ours === 0,
  },
  {
    id: 'headers-to-strangers',
    areas: ['http'],
    everywhere: false,
    matches: isVerdictByStatus,
  },
  {
    id: 'method-in-capitals',
    areas: ['http'],
    everywhere: false,
    matches: isVerdictByStatus,
  },
  {
    id: 'user-agent',
    areas: ['http'],
    everywhere: false,
    matches: isVerdictByStatus,
  },
  {
    id: 'body-of-a-redirect',
    areas: ['http'],
    everywhere: false,
    matches: ({ what, oracle }) => what === 'probe_http_uncompressed_body_length' && oracle === 0,
  },
  {
    id: 'bytes-before-a-broken-stream',
    areas: ['http'],
    everywhere: false,
    matches: ({ what }) => what === 'probe_http_uncompressed_body_length',
  },
  {
    id: 'accept-encoding',
    areas: ['http'],
    everywhere: false,
    matches: isVerdictByStatus,
  },
  {
    id: 'prompt-without-line-end',
    areas: ['tcp'],
    everywhere: false,
    matches: isVerdictByExpression,
  },
  {
    id: 'certificate-dates-and-trust',
    areas: ['tls', 'grpc'],
    everywhere: true,
    matches: onlyHere('probe_ssl_not_before_timestamp_seconds', 'probe_ssl_verify_error_info'),
  },
  {
    id: 'bad-certificates-are-shown',
    areas: ['tls', 'grpc'],
    everywhere: true,
    matches: ({ kind, what, oracle }) =>
      (kind === 'only here' &&
        ['probe_ssl_earliest_cert_expiry', 'probe_tls_version_info'].includes(nameOf(what))) ||
      (kind === 'value' && what === 'probe_ssl_earliest_cert_expiry' && oracle === 0),
  },
  {
    id: 'certificate-serial-number',
    areas: ['tls', 'grpc'],
    everywhere: true,
    until: '0.26.0',
    matches: ({ kind, what }) => kind !== 'value' && nameOf(what) === 'probe_ssl_last_chain_info',
  },
  {
    id: 'tls-metrics-of-every-prober',
    areas: ['tls', 'grpc'],
    everywhere: true,
    matches: onlyHere('probe_tls_cipher_info', 'probe_ssl_last_chain_expiry_timestamp_seconds'),
  },
  {
    id: 'expiry-without-tls',
    areas: ['grpc'],
    everywhere: true,
    until: '0.26.0',
    matches: ({ kind, what, oracle }) =>
      kind === 'missing here' && what === 'probe_ssl_earliest_cert_expiry' && oracle === 0,
  },
  {
    id: 'chain-of-nobody',
    areas: ['tls'],
    everywhere: true,
    matches: ({ what, oracle, ours }) =>
      what === 'probe_ssl_last_chain_expiry_timestamp_seconds' &&
      oracle === -62_135_596_800 &&
      (ours === undefined || ours > 0),
  },
  {
    id: 'dns-details',
    areas: ['dns'],
    everywhere: true,
    matches: onlyHere('probe_dns_rcode_info', 'probe_dns_truncated', 'probe_failed_due_to_regex'),
  },
  {
    id: 'all-match',
    areas: ['dns'],
    everywhere: false,
    matches: ({ kind, what }) =>
      (kind === 'value' && ['probe_success', 'probe_failed_due_to_regex'].includes(what)) ||
      nameOf(what) === 'probe_failure_info',
  },
  {
    id: 'status-of-no-call',
    areas: ['grpc'],
    everywhere: true,
    matches: ({ kind, what, oracle }) =>
      kind === 'missing here' && what === 'probe_grpc_status_code' && oracle === 0,
  },
  {
    id: 'hostname-for-tcp',
    areas: ['tls'],
    everywhere: false,
    until: '0.24.0',
    // There the certificate is judged by another name, so that the verdict and all that follows differs.
    matches: ({ kind, what }) =>
      (kind === 'value' && ['probe_success', 'probe_failed_due_to_regex'].includes(what)) ||
      (kind === 'only here' && /^probe_(?:ssl|tls)_/.test(what)),
  },
  {
    id: 'target-that-is-none',
    areas: ['requests', 'tcp'],
    everywhere: false,
    matches: status(200, 400),
  },
  {
    id: 'bad-scrape-timeout',
    areas: ['requests'],
    everywhere: false,
    matches: status(500, 400),
  },
  {
    id: 'impossible-scrape-timeout',
    areas: ['requests'],
    everywhere: false,
    matches: status(200, 400),
  },
  {
    id: 'short-scrape-timeout',
    areas: ['requests'],
    everywhere: false,
    // There no answer came in no time.
    matches: ({ kind, what, oracle, ours }) =>
      (what === 'probe_success' && oracle === 0 && ours === 1) ||
      (kind === 'value' && /^probe_http_/.test(what) && oracle === 0) ||
      (kind === 'only here' && /^probe_http_duration_seconds/.test(what)),
  },
];

function nameOf(series: string): string {
  return series.split('{')[0] ?? '';
}
