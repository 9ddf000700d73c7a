/** What Prometheus takes as the name of a label. */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
// `job` and `instance` are Prometheus' own, `le` and `quantile` belong to types, the rest the exporter gives itself.
const RESERVED: ReadonlySet<string> = new Set([
  'job',
  'instance',
  'le',
  'quantile',
  'check',
  'target',
  'prober',
  'reason',
]);

/** The names that a configuration may choose, for a JSON Schema. */
export const LABEL_NAME_SCHEMA = {
  pattern: `^(?!__)${LABEL_NAME.source.slice(1)}`,
  not: { enum: [...RESERVED] },
};

/** Whether a label may be called so at all. */
export function isLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/** Whether a configuration may not choose this name, since Prometheus or the exporter uses it. */
export function isReservedLabel(name: string): boolean {
  return name.startsWith('__') || RESERVED.has(name);
}
