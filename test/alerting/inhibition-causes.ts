export type Labels = Readonly<Record<string, string>>;

/** Alerts of these names, all with these labels. */
export type Alerts = readonly [names: readonly string[], labels: Labels];

/** Alerts, of which each makes it unnecessary to say others. */
export interface Cause {
  readonly names: readonly string[];
  readonly labels: Labels;
  readonly mutes: readonly [Alerts, ...Alerts[]];
  /** The first alert that is muted, with another value of one of these labels, is about something else. */
  readonly equal: readonly string[];
  /** What is heard all the same. */
  readonly leaves?: readonly Alerts[];
}

const EXPORTER = { instance: 'web1:10195' };
const CHECK = { ...EXPORTER, check: 'Website', prober: 'http', target: 'https://example.com' };
const DISK = { ...EXPORTER, check: 'Disk Space', prober: 'disk', target: '/' };
const UNIT = { ...EXPORTER, check: 'Nginx', prober: 'systemd', target: 'nginx.service' };
const PROBE = { instance: 'https://example.com', exporter: 'web1:10195', module: 'http_2xx' };
/** A target of a job without the example's labels. */
const PLAIN_PROBE = { instance: 'https://example.com' };

const TELLING_WHY = ['ProbeDnsQueryFailed', 'ProbeGrpcNotServing', 'ProbeCertificateInvalid'];
const FAILING = ['ProbeFailed', ...TELLING_WHY];
const UNSTEADY = [
  'ProbeFlapping',
  'ProbeFailingOften',
  'ProbeNearTimeout',
  'ProbeSlowerThanUsual',
  'ProbeDnsSlow',
  'ProbeErrorBudgetBurnFast',
  'ProbeErrorBudgetBurnSlow',
];
const EXPIRING = [
  'ProbeCertificateExpired',
  'ProbeCertificateExpiresVerySoon',
  'ProbeCertificateExpiresSoon',
];
const STARVED = ['ProbeResultStale', 'ProbeSkippedOften'];
const OF_A_DISK = ['ProbeFailed', 'ProbeDiskAlmostFull', 'ProbeDiskReadOnly', 'ProbeDiskInodesLow'];
const OF_A_UNIT = [
  'ProbeSystemdUnitFailed',
  'ProbeSystemdUnitCrashLooping',
  'ProbeSystemdUnitNotActive',
];
const OF_AN_EXPORTER = [
  'ProbeExporterConfigReloadFailed',
  'ProbeExporterSaturated',
  'ProbeExporterChecksSkipped',
  'ProbeExporterChecksMissing',
  'ProbeExporterRestarting',
  'ProbeManyFailing',
];

const EXPORTERS_DOWN: readonly Cause[] = [
  {
    names: ['ProbeExporterDown'],
    labels: EXPORTER,
    equal: ['job', 'instance'],
    mutes: [
      [[...FAILING, ...UNSTEADY, ...EXPIRING, ...STARVED, 'ProbeScrapeFailed'], CHECK],
      [OF_A_DISK, DISK],
      [OF_A_UNIT, UNIT],
      [OF_AN_EXPORTER, EXPORTER],
    ],
    leaves: [[['ProbeExporterAbsent', 'ProbeManyFailing', 'Watchdog'], {}]],
  },
  {
    names: ['ProbeExporterDown'],
    labels: { exporter: PROBE.exporter },
    equal: ['job', 'exporter'],
    mutes: [
      [[...FAILING, ...UNSTEADY, ...EXPIRING, 'ProbeScrapeFailed'], PROBE],
      [['ProbeManyFailing'], { exporter: PROBE.exporter }],
    ],
    leaves: [
      [['ProbeFailed'], PLAIN_PROBE],
      [['ProbeManyFailing'], { exporter: 'web2:10195' }],
      [['ProbeExporterAbsent', 'Watchdog'], {}],
    ],
  },
  {
    names: ['ProbeExporterDown'],
    labels: PLAIN_PROBE,
    equal: ['job', 'instance'],
    mutes: [[[...FAILING, ...UNSTEADY, ...EXPIRING, 'ProbeScrapeFailed'], PLAIN_PROBE]],
  },
];

const MANY_FAILING: readonly Cause[] = [
  {
    names: ['ProbeManyFailing'],
    labels: EXPORTER,
    equal: ['job', 'instance'],
    mutes: [[[...FAILING, ...UNSTEADY], CHECK]],
    leaves: [
      [['ProbeCertificateExpired', 'ProbeScrapeFailed', ...STARVED], CHECK],
      [['ProbeFailed', 'ProbeDiskAlmostFull'], DISK],
      [['ProbeSystemdUnitFailed'], UNIT],
      [['ProbeFlapping'], { ...UNIT, check: 'Cron' }],
      [['ProbeExporterRestarting'], EXPORTER],
      [['ProbeFailed'], PLAIN_PROBE],
    ],
  },
  {
    names: ['ProbeManyFailing'],
    labels: { exporter: PROBE.exporter },
    equal: ['job', 'exporter'],
    mutes: [[[...FAILING, ...UNSTEADY], PROBE]],
    leaves: [
      [['ProbeCertificateExpired', 'ProbeScrapeFailed'], PROBE],
      [['ProbeFailed'], PLAIN_PROBE],
    ],
  },
  {
    names: ['ProbeManyFailing'],
    labels: {},
    equal: ['job'],
    mutes: [[[...FAILING, ...UNSTEADY], PLAIN_PROBE]],
    leaves: [
      [['ProbeFailed'], PROBE],
      [['ProbeFailed'], CHECK],
    ],
  },
];

const EXPORTERS_BUSY: readonly Cause[] = [
  {
    names: ['ProbeExporterSaturated'],
    labels: EXPORTER,
    equal: ['job', 'instance'],
    mutes: [[['ProbeExporterChecksSkipped'], EXPORTER]],
    leaves: [[['ProbeExporterConfigReloadFailed', 'ProbeExporterChecksMissing'], EXPORTER]],
  },
  {
    names: ['ProbeExporterSaturated', 'ProbeExporterChecksSkipped'],
    labels: EXPORTER,
    equal: ['job', 'instance'],
    mutes: [[STARVED, CHECK]],
    leaves: [[['ProbeFailed'], CHECK]],
  },
];

/** Within one check, however it is scraped, and the labels that tell it from others. */
const CHECKS = (
  [
    [CHECK, ['job', 'instance', 'check']],
    [PROBE, ['job', 'instance', 'exporter', 'module']],
    [PLAIN_PROBE, ['job', 'instance']],
  ] as const
).flatMap(([labels, equal]): readonly Cause[] => [
  {
    names: FAILING,
    labels,
    equal,
    mutes: [[UNSTEADY, labels]],
    leaves: [[['ProbeCertificateExpiresSoon'], labels]],
  },
  {
    names: TELLING_WHY,
    labels,
    equal,
    mutes: [[['ProbeFailed'], labels]],
    leaves: [[['ProbeCertificateExpiresVerySoon'], labels]],
  },
  { names: ['ProbeFlapping'], labels, equal, mutes: [[['ProbeFailingOften'], labels]] },
  {
    names: ['ProbeErrorBudgetBurnFast'],
    labels,
    equal,
    mutes: [[['ProbeErrorBudgetBurnSlow', 'ProbeFailingOften'], labels]],
    leaves: [[['ProbeNearTimeout'], labels]],
  },
  {
    names: ['ProbeErrorBudgetBurnFast'],
    labels: { ...labels, window: '1h' },
    equal,
    mutes: [[['ProbeErrorBudgetBurnFast'], { ...labels, window: '6h' }]],
  },
  {
    names: ['ProbeErrorBudgetBurnSlow'],
    labels: { ...labels, window: '1d' },
    equal,
    mutes: [[['ProbeErrorBudgetBurnSlow'], { ...labels, window: '3d' }]],
  },
  {
    names: ['ProbeCertificateExpired'],
    labels,
    equal,
    mutes: [[['ProbeCertificateExpiresSoon', 'ProbeCertificateExpiresVerySoon'], labels]],
    leaves: [[['ProbeFailed'], labels]],
  },
  {
    names: ['ProbeCertificateExpired'],
    labels,
    equal,
    mutes: [[['ProbeCertificateInvalid'], labels]],
  },
  {
    names: EXPIRING.slice(0, 2),
    labels,
    equal,
    mutes: [[['ProbeCertificateExpiresSoon'], labels]],
    leaves: [[['ProbeFlapping', 'ProbeErrorBudgetBurnFast'], labels]],
  },
]);

const HOSTS: readonly Cause[] = [
  {
    names: OF_A_UNIT,
    labels: UNIT,
    equal: ['job', 'instance', 'check'],
    mutes: [[UNSTEADY, UNIT]],
  },
  {
    names: ['ProbeSystemdUnitFailed'],
    labels: UNIT,
    equal: ['job', 'instance', 'check'],
    mutes: [[['ProbeSystemdUnitNotActive', 'ProbeSystemdUnitCrashLooping'], UNIT]],
  },
  {
    names: ['ProbeSystemdUnitCrashLooping'],
    labels: UNIT,
    equal: ['job', 'instance', 'check'],
    mutes: [[['ProbeSystemdUnitNotActive'], UNIT]],
  },
  {
    names: ['ProbeDiskAlmostFull'],
    labels: DISK,
    equal: ['job', 'instance', 'check'],
    mutes: [[['ProbeDiskSpaceLow', 'ProbeDiskFillingUp'], DISK]],
    leaves: [[['ProbeDiskInodesLow', 'ProbeDiskReadOnly'], DISK]],
  },
  {
    names: ['ProbeDiskReadOnly'],
    labels: DISK,
    equal: ['job', 'instance', 'check'],
    mutes: [[['ProbeDiskFillingUp'], DISK]],
    leaves: [[['ProbeDiskSpaceLow'], DISK]],
  },
  {
    names: ['ProbeDiskStuck'],
    labels: DISK,
    equal: ['job', 'instance', 'check'],
    mutes: [[['ProbeFailed'], DISK]],
    leaves: [[['ProbeDiskReadOnly'], DISK]],
  },
  {
    names: ['ProbeDiskStuck'],
    labels: DISK,
    equal: ['job', 'instance', 'check'],
    mutes: [[UNSTEADY, DISK]],
  },
];

/** All that the example for Alertmanager inhibits. */
export const CAUSES: readonly Cause[] = [
  ...EXPORTERS_DOWN,
  ...MANY_FAILING,
  ...EXPORTERS_BUSY,
  ...CHECKS,
  ...HOSTS,
];
