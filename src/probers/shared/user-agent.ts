/** How probes introduce themselves. */
export const USER_AGENT = 'healthcheck-exporter';
