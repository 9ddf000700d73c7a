import { parseDuration } from '../lib/duration.ts';
import { partsOf, type Schema, unwrap } from './schema-parts.ts';

/** Keys of other programs, by what they are called here. */
const OTHER_KEYS: Readonly<Record<string, readonly string[]>> = {
  target: ['url', 'uri', 'host', 'hostname', 'address', 'addr', 'endpoint', 'server'],
  prober: ['type', 'kind', 'protocol', 'check', 'probe'],
  labels: ['tags'],
  checks: ['targets', 'endpoints', 'monitors', 'healthchecks'],
  valid_status_codes: ['status', 'status_code', 'expected_status', 'expected_status_codes'],
  fail_if_body_not_matches_regexp: [
    'contains',
    'keyword',
    'expected_body',
    'expected_text',
    'body_contains',
  ],
  'tls_config: {insecure_skip_verify: …}': ['insecure', 'verify', 'verify_ssl', 'skip_verify'],
  max_used_percent: ['threshold', 'max', 'limit', 'warning', 'critical'],
  query_name: ['domain', 'query', 'record'],
  query_type: ['record_type'],
};

/** The same for values: probers. */
const OTHER_VALUES: Readonly<Record<string, readonly string[]>> = {
  http: ['https', 'web', 'website', 'url'],
  tcp: ['port', 'socket', 'ssl', 'tls', 'starttls', 'smtp', 'ssh'],
  icmp: ['ping'],
  systemd: ['service', 'unit', 'systemctl', 'daemon'],
  disk: ['filesystem', 'mount', 'space', 'storage', 'df'],
  memory: ['ram', 'mem', 'swap'],
  cpu: ['load', 'loadavg', 'processor'],
  websocket: ['ws', 'wss'],
};

const EVERY_SCRAPE =
  'checks run at every scrape, so the scrape_interval of Prometheus says how often';
const ONE_ATTEMPT = 'a check is tried once; "for:" in its alert rule waits out single failures';
const SWITCHED_OFF = 'to switch a check off, remove it or comment it out with "#"';

/** What has no place in this file, and where it has one. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  interval: EVERY_SCRAPE,
  frequency: EVERY_SCRAPE,
  schedule: EVERY_SCRAPE,
  retries: ONE_ATTEMPT,
  retry: ONE_ATTEMPT,
  attempts: ONE_ATTEMPT,
  enabled: SWITCHED_OFF,
  disabled: SWITCHED_OFF,
  severity: 'it may stand in "labels:"',
  team: 'it may stand in "labels:"',
  port: 'it stands in the target, as in "localhost:22"',
};

/** Files of other programs that somebody may take for this one, by the keys that only they have. */
const OTHER_FILES: Readonly<Record<string, readonly string[]>> = {
  'the configuration of Prometheus': ['global', 'scrape_configs', 'rule_files', 'alerting'],
  'a file of rules of Prometheus': ['groups'],
  'the configuration of Alertmanager': ['route', 'receivers', 'inhibit_rules'],
  'the web configuration, --web.config.file': [
    'tls_server_config',
    'http_server_config',
    'basic_auth_users',
    'rate_limit',
  ],
  'a file of Compose': ['services', 'volumes', 'networks'],
  'a file of Kubernetes': ['apiVersion', 'metadata', 'spec'],
};

/** What a key of another program is called here, of the keys that are `known` at that place. */
export function ownKey(word: string, known: readonly string[]): string | undefined {
  return ownWord(OTHER_KEYS, word, known);
}

/** The same for a value. */
export function ownValue(word: string, known: readonly string[]): string | undefined {
  return ownWord(OTHER_VALUES, word, known);
}

function ownWord(
  others: Readonly<Record<string, readonly string[]>>,
  word: string,
  known: readonly string[],
): string | undefined {
  const isKnown = (own: string) => known.includes(own.replace(/:.*/, ''));
  return Object.keys(others).find(
    (own) => others[own]?.includes(word.toLowerCase()) && isKnown(own),
  );
}

/** Where a key belongs that has no place in the file: the end of a sentence. */
export function placeElsewhere(key: string, isTopLevel: boolean): string | undefined {
  if (!isTopLevel) return Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined;
  const [file] = Object.entries(OTHER_FILES).find(([, keys]) => keys.includes(key)) ?? [];
  return file && `it belongs in ${file}`;
}

/** How a key is written that stands beside the block in which it, or our word for it, would be known. */
export function insideItsBlock(
  key: string,
  schema: Schema | undefined,
  value: unknown,
): string | undefined {
  const block = blockWith(key, schema, value);
  if (block) return `${block}: {${key}: …}`;
  const { prober } = (value ?? {}) as { prober?: unknown };
  const options = Object.keys(OTHER_KEYS).filter((own) => OTHER_KEYS[own]?.includes(key));
  const [option] = options.filter((own) => {
    return blockWith(own.replace(/:.*/, ''), schema, value) === prober;
  });
  if (prober === undefined || option === undefined) return undefined;
  return `${prober}: {${option.includes(':') ? option : `${option}: …`}}`;
}

/** Of several blocks, the one that `value` names. */
function blockWith(key: string, schema: Schema | undefined, value: unknown): string | undefined {
  const shape = (schema && partsOf(schema).shape) ?? {};
  const blocks = Object.keys(shape).filter((name) => {
    const inner = shape[name];
    return inner && Object.hasOwn(partsOf(unwrap(inner)).shape ?? {}, key);
  });
  const { prober } = (value ?? {}) as { prober?: unknown };
  return blocks.length === 1 ? blocks[0] : blocks.find((name) => name === prober);
}

/**
 * What a value of the wrong type may have been meant to be, as the end of a sentence; '' where nobody knows.
 *
 * @param shown the value as it may be shown.
 */
export function meantByType(expected: string, got: unknown, shown: string): string {
  return MEANT_BY_TYPE[expected]?.(got, shown) ?? '';
}

const MEANT_BY_TYPE: Readonly<Record<string, (got: unknown, shown: string) => string>> = {
  array: meantList,
  number: meantNumber,
  int: meantNumber,
  string: meantText,
  object: meantMapping,
  record: meantMapping,
};

function meantList(got: unknown, shown: string): string {
  if (got === null) return '';
  if (typeof got === 'object') return ': each entry begins with "- "';
  return ` (did you mean [${shown}]?)`;
}

function meantNumber(got: unknown): string {
  if (typeof got !== 'string') return '';
  const digits = /^\s*(?<digits>-?\d+(?:\.\d+)?)\s*%?\s*$/.exec(got)?.groups?.digits;
  return digits === undefined ? '' : ` (did you mean ${digits}?)`;
}

function meantText(got: unknown): string {
  const isWritten = typeof got === 'number' || typeof got === 'boolean';
  return isWritten ? ` (did you mean "${got}"?)` : '';
}

function meantMapping(got: unknown): string {
  if (Array.isArray(got) && got.some(isCheck)) return ': a list of checks stands below "checks:"';
  const lacksSpace = typeof got === 'string' && /^[\w-]+:(?!\/\/)\S/.test(got);
  return lacksSpace ? ': a space belongs behind ":"' : '';
}

function isCheck(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'target' in value;
}

/** No duration is longer. */
const MAX_DURATION = 60;

const UNIT_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\s*#.*$|\s+|,/g, ''],
  [/milliseconds?|msecs?/g, 'ms'],
  [/seconds?|secs?/g, 's'],
  [/minutes?|mins?/g, 'm'],
  [/hours?|hrs?/g, 'h'],
  [/days?/g, 'd'],
  [/weeks?/g, 'w'],
  [/^\d+(?:\.\d+)?$/, '$&s'],
];

/** What may be meant by something that is no duration, written as one. */
export function meantDuration(got: unknown): string | undefined {
  if (typeof got !== 'number' && typeof got !== 'string') return undefined;
  const meant = UNIT_WORDS.reduce(
    (text, [pattern, unit]) => text.replace(pattern, unit),
    String(got).slice(0, MAX_DURATION).toLowerCase(),
  );
  return parseDuration(meant) === undefined ? undefined : meant;
}
