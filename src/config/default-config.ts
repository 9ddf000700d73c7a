/** The health endpoint of the exporter itself. */
export interface OwnEndpoint {
  readonly url: string;
  /** Whether it has a certificate of its own, may ask for a password or refuse who asks too often. */
  readonly isGuarded: boolean;
}

// To be asked for a password, or to come later, is to be answered: it is alive. It is asked on this host and told no
// secret, and its certificate is for the names that others know it by.
const GUARDED =
  ', http: {valid_status_codes: [200, 401, 429], tls_config: {insecure_skip_verify: true}}';

/**
 * The configuration that applies where none is given: this host's own disk, memory and CPU, and, while serving, the
 * exporter's own endpoint.
 *
 * The CPU is watched for a tenth of the usual interval, so that the very first scrape answers at once; a moment of full
 * load is no alarm yet, since the rules wait for several scrapes.
 *
 * @param own where the exporter answers itself; absent where nothing is served.
 */
export function defaultConfig(own?: OwnEndpoint): string {
  const ownCheck = own
    ? `  - {name: Exporter, target: ${JSON.stringify(own.url)}, prober: http, timeout: 3s${own.isGuarded ? GUARDED : ''}}\n`
    : '';
  return `# What is checked where no --config.file is given.
checks:
  - {name: Disk Space, target: /, prober: disk, disk: {max_used_percent: 90}}
  - {name: Memory Usage, prober: memory, memory: {max_used_percent: 90}}
  - {name: CPU Usage, prober: cpu, cpu: {max_used_percent: 95, interval: 100ms}}
${ownCheck}`;
}
