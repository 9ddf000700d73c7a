import type { ProbeContext } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';
import type { Pattern } from '../shared/regexp.ts';
import type { HttpBody } from './body.ts';
import { type Condition, type JsonBody, readJson } from './cel.ts';
import type { HttpHeaders } from './exchange.ts';
import { type HttpOptions, MATCHED_MEBIBYTES } from './options.ts';

/** The answer to the last request, as far as it is judged. */
export interface HttpAnswer {
  readonly status: number;
  /** `HTTP/1.1` */
  readonly version: string;
  readonly tls: boolean;
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
}

/** A "no", and whether a regular expression or a CEL expression said it. */
export interface Verdict {
  readonly failure: ProbeFailure;
  readonly by: 'regex' | 'cel' | undefined;
}

type Log = ProbeContext<unknown, never>['log'];

/** The first thing wrong with an answer: status, version and TLS, then headers, then the body. */
export function judge(answer: HttpAnswer, options: HttpOptions, log: Log): Verdict | undefined {
  const plain = statusFailure(answer, options) ?? policyFailure(answer, options);
  if (plain) return { failure: plain, by: undefined };
  const header = headerFailure(answer, options);
  if (header) return { failure: header, by: 'regex' };
  if (answer.body.failure) return { failure: answer.body.failure, by: undefined };
  const body = bodyFailure(answer, options, log);
  if (body) return { failure: body, by: 'regex' };
  const json = jsonFailure(answer, options);
  return json && { failure: json, by: 'cel' };
}

/** Whether the body is to be judged by CEL expressions. */
export function hasConditions(options: HttpOptions): boolean {
  return Boolean(
    options.fail_if_body_json_matches_cel || options.fail_if_body_json_not_matches_cel,
  );
}

/** How much of a body the expressions look at: all that is allowed, where that is said. */
export function bytesToMatch(options: HttpOptions): number {
  const { fail_if_body_matches_regexp: forbidden, fail_if_body_not_matches_regexp: wanted } =
    options;
  if (forbidden.length + wanted.length === 0 && !hasConditions(options)) return 0;
  return options.body_size_limit || MATCHED_MEBIBYTES * 1024 * 1024;
}

function statusFailure(
  { status }: HttpAnswer,
  { valid_status_codes: valid }: HttpOptions,
): ProbeFailure | undefined {
  if (valid.length === 0 ? status >= 200 && status <= 299 : valid.includes(status))
    return undefined;
  const expected = valid.length === 0 ? '2xx' : valid.join(', ');
  return new ProbeFailure('status', `status ${status}, expected ${expected}`);
}

function policyFailure(answer: HttpAnswer, options: HttpOptions): ProbeFailure | undefined {
  const { valid_http_versions: versions } = options;
  if (versions.length > 0 && !versions.includes(answer.version)) {
    return new ProbeFailure('protocol', `${answer.version}, expected ${versions.join(', ')}`);
  }
  if (options.fail_if_ssl && answer.tls) {
    return new ProbeFailure('policy', 'the answer came over TLS, which fail_if_ssl forbids');
  }
  if (options.fail_if_not_ssl && !answer.tls) {
    return new ProbeFailure('policy', 'the answer came without TLS, which fail_if_not_ssl forbids');
  }
  return undefined;
}

function headerFailure(answer: HttpAnswer, options: HttpOptions): ProbeFailure | undefined {
  for (const rule of options.fail_if_header_matches) {
    const found = findHeader(answer, rule);
    if (found === 'missing' && !rule.allow_missing) return missingHeader(rule.header);
    if (found === 'match') {
      return new ProbeFailure('header', `the header ${rule.header} matches "${rule.regexp}"`);
    }
  }
  for (const rule of options.fail_if_header_not_matches) {
    const found = findHeader(answer, rule);
    if (found === 'missing' && !rule.allow_missing) return missingHeader(rule.header);
    if (found === 'no match') {
      return new ProbeFailure(
        'header',
        `the header ${rule.header} does not match "${rule.regexp}"`,
      );
    }
  }
  return undefined;
}

type HeaderRule = HttpOptions['fail_if_header_matches'][number];

function findHeader(
  { headers }: HttpAnswer,
  { header, regexp }: HeaderRule,
): 'missing' | 'match' | 'no match' {
  const values = headers.get(header.toLowerCase());
  if (!values) return 'missing';
  return values.some((value) => regexp.test(Buffer.from(value, 'latin1'))) ? 'match' : 'no match';
}

function missingHeader(name: string): ProbeFailure {
  return new ProbeFailure('header', `the header ${name} is missing`);
}

function bodyFailure(
  { body }: HttpAnswer,
  options: HttpOptions,
  log: Log,
): ProbeFailure | undefined {
  const { fail_if_body_matches_regexp: forbidden, fail_if_body_not_matches_regexp: wanted } =
    options;
  const found = forbidden.find((pattern) => pattern.test(body.start));
  if (found) return new ProbeFailure('body', `the body matches "${found}"`);
  const longer = body.bytes > body.start.length;
  if (longer && forbidden.length > 0) {
    log(`only the first ${MATCHED_MEBIBYTES} MiB of the body was looked at, see body_size_limit`, {
      bytes: body.bytes,
    });
  }
  const absent = wanted.find((pattern) => !pattern.test(body.start));
  if (!absent) return undefined;
  return new ProbeFailure(
    'body',
    longer ? unmatchedStart(absent) : `the body does not match "${absent}"`,
  );
}

function unmatchedStart(pattern: Pattern): string {
  return (
    `the first ${MATCHED_MEBIBYTES} MiB of the body does not match "${pattern}", ` +
    'and no more is looked at without a larger body_size_limit'
  );
}

function jsonFailure({ body }: HttpAnswer, options: HttpOptions): ProbeFailure | undefined {
  if (!hasConditions(options)) return undefined;
  const json = body.bytes > body.start.length ? TOO_LONG_FOR_JSON : readJson(body.start);
  if (typeof json === 'string') return new ProbeFailure('body', `the body ${json}`);
  const { fail_if_body_json_matches_cel: forbidden, fail_if_body_json_not_matches_cel: wanted } =
    options;
  return conditionFailure(forbidden, json, false) ?? conditionFailure(wanted, json, true);
}

const TOO_LONG_FOR_JSON =
  `is longer than the ${MATCHED_MEBIBYTES} MiB that are looked at ` +
  'without a larger body_size_limit, and JSON is only read as a whole';

function conditionFailure(
  condition: Condition | undefined,
  json: JsonBody,
  expected: boolean,
): ProbeFailure | undefined {
  const answer = condition?.test(json);
  if (!answer || ('holds' in answer && answer.holds === expected)) return undefined;
  const message =
    'unusable' in answer
      ? `the CEL expression "${condition}" ${answer.unusable}`
      : `the body ${expected ? 'does not match' : 'matches'} the CEL expression "${condition}"`;
  return new ProbeFailure('body', message);
}
