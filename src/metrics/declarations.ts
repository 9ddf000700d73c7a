import type { MetricDeclaration } from '../probers/contract.ts';

/** What every check has, whatever its prober. */
export const CHECK_METRICS = {
  probe_success: { help: 'Whether the target was healthy: 1, or 0.' },
  probe_duration_seconds: { help: 'How long the last run took, waiting for its turn excluded.' },
  probe_timeout_seconds: { help: 'How long the run was given.' },
  probe_result_age_seconds: {
    help: 'How old the verdict shown is: 0 when the check was executed in this scrape.',
  },
  probe_failure_info: { help: 'Always 1, present while the check fails.', labels: ['reason'] },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

/** What `check --prometheus` says besides: a file is read long after it was written. */
export const TEXTFILE_METRICS = {
  probe_last_run_timestamp_seconds: { help: 'When the last run of the check began.' },
} as const;

/** What lives on between scrapes. */
export const LIVING_METRICS = {
  probe_latency_seconds: {
    type: 'histogram',
    help: 'How long runs took, each executed run once however many scrapes shared it.',
  },
  probe_runs_total: { type: 'counter', help: 'Executed runs.' },
  probe_failures_total: {
    type: 'counter',
    help: 'Executed runs that failed, by reason.',
    labels: ['reason'],
  },
  probe_skipped_total: {
    type: 'counter',
    help: 'Scrapes that ended before the check had its time.',
  },
} as const;

const PREFIX = 'healthcheck_exporter_';

/** The exporter about itself. */
export const SELF_METRICS = {
  buildInfo: {
    name: `${PREFIX}build_info`,
    help: 'Always 1; which exporter this is and what it runs on.',
  },
  reloadSuccessful: {
    name: `${PREFIX}config_last_reload_successful`,
    help: 'Whether the last attempt to load the configuration succeeded.',
  },
  reloadTimestamp: {
    name: `${PREFIX}config_last_reload_success_timestamp_seconds`,
    help: 'When the configuration in force was loaded.',
  },
  checks: { name: `${PREFIX}checks`, help: 'Checks in the configuration in force.' },
  checksSelected: {
    name: `${PREFIX}checks_selected`,
    help: 'Checks that this scrape asked for: all, or those chosen by check[] and prober[].',
  },
  checksSkipped: {
    name: `${PREFIX}checks_skipped`,
    help: 'Checks that this scrape did not execute to their end.',
  },
  scrapeDuration: {
    name: `${PREFIX}scrape_duration_seconds`,
    help: 'How long this scrape ran its checks.',
  },
  probesInFlight: { name: `${PREFIX}probes_in_flight`, help: 'Probes being executed right now.' },
  concurrencyLimit: {
    name: `${PREFIX}concurrency_limit`,
    help: 'Probes that may be in flight at once.',
  },
  queueWait: {
    name: `${PREFIX}queue_wait_seconds`,
    help: 'Between the start of a scrape and the start of a probe in it.',
  },
  moduleUnknown: {
    name: `${PREFIX}module_unknown_total`,
    help: 'Probes that were asked for with a module that does not exist.',
  },
  targetsRefused: {
    name: `${PREFIX}targets_refused_total`,
    help: 'Requests to /probe that probe_policy refused, or whose probe it ended at a redirect, a proxy or a token endpoint.',
  },
  scrapesShared: {
    name: `${PREFIX}scrapes_shared_total`,
    help: 'Scrapes that were answered from a run already in flight.',
  },
  requestsRefused: {
    name: `${PREFIX}http_requests_refused_total`,
    help: 'Requests and connections that were refused before they were handled, by cause.',
  },
} as const;

/** The same numbers under blackbox_exporter's names, for the alert rules that its users have. */
export const BLACKBOX_METRICS = {
  reloadSuccessful: {
    name: 'blackbox_exporter_config_last_reload_successful',
    help: `The same as ${PREFIX}config_last_reload_successful, for rules made for blackbox_exporter.`,
  },
  reloadTimestamp: {
    name: 'blackbox_exporter_config_last_reload_success_timestamp_seconds',
    help: `The same as ${PREFIX}config_last_reload_success_timestamp_seconds, for rules made for blackbox_exporter.`,
  },
  moduleUnknown: {
    name: 'blackbox_module_unknown_total',
    help: `The same as ${PREFIX}module_unknown_total, for rules made for blackbox_exporter.`,
  },
} as const;
