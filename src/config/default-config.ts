/**
 * The configuration that applies where none is given: this host's own disk, memory and CPU, and, while serving, the
 * exporter's own endpoint.
 *
 * The CPU is watched for a tenth of the usual interval, so that the very first scrape answers at once; a moment of full
 * load is no alarm yet, since the rules wait for several scrapes.
 *
 * @param ownUrl the exporter's health endpoint; absent where nothing is served.
 */
export function defaultConfig(ownUrl?: string): string {
  const own = ownUrl
    ? `  - {name: Exporter, target: ${JSON.stringify(ownUrl)}, prober: http, timeout: 3s}\n`
    : '';
  return `# What is checked where no --config.file is given.
checks:
  - {name: Disk Space, target: /, prober: disk, disk: {max_used_percent: 90}}
  - {name: Memory Usage, prober: memory, memory: {max_used_percent: 90}}
  - {name: CPU Usage, prober: cpu, cpu: {max_used_percent: 95, interval: 100ms}}
${own}`;
}
