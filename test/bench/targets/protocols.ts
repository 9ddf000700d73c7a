/** What is probed over. */
export type Protocol = 'http' | 'https' | 'tcp' | 'dns';

/** The name that DNS probes ask for. */
export const QUERY_NAME = 'example.test';

/** What is said of a target to those who probe it: the same to all of them. */
export interface Probing {
  readonly target: string;
  /** One module as blackbox_exporter and this exporter both read it: YAML in one line. */
  readonly module: string;
}

/** @param caFile who vouches for the target of HTTPS. */
export function probingOf(protocol: Protocol, port: number, caFile = ''): Probing {
  const address = `127.0.0.1:${port}`;
  switch (protocol) {
    case 'http':
      return { target: `http://${address}/`, module: '{prober: http}' };
    case 'https':
      return {
        target: `https://${address}/`,
        module: `{prober: http, http: {tls_config: {ca_file: ${JSON.stringify(caFile)}}}}`,
      };
    case 'tcp':
      return { target: address, module: '{prober: tcp}' };
    case 'dns':
      return {
        target: address,
        module: `{prober: dns, dns: {query_name: ${QUERY_NAME}, query_type: A}}`,
      };
  }
}
