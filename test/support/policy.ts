import { onTestFinished } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import type { WebParts } from '../../src/web/application.ts';
import { serveApplication } from './web-application.ts';

/** What `/probe` answered: its status, its text, and why the probe failed where it did. */
export interface PolicyAnswer {
  readonly status: number;
  readonly text: string;
  readonly reason: string | undefined;
  readonly success: boolean;
}

/** Asks `/probe`. */
export type AskPolicy = (query: Record<string, string>) => Promise<PolicyAnswer>;

/** The application with this file, until the test is over. */
export async function serveFile(
  file: object,
  overrides: Partial<WebParts> = {},
): Promise<{ url: string; ask: AskPolicy }> {
  // YAML takes JSON.
  const config = parseConfig({ file: 'policy.yml', text: JSON.stringify(file) });
  const server = await serveApplication(config, overrides);
  onTestFinished(() => server.stop(0));
  const url = `http://127.0.0.1:${server.address.port}`;
  return { url, ask: asking(url) };
}

/** Asks the `/probe` of an exporter. */
export function asking(url: string): AskPolicy {
  return async (query) => {
    const response = await fetch(`${url}/probe?${new URLSearchParams(query)}`);
    const text = await response.text();
    return {
      status: response.status,
      text,
      reason: /^probe_failure_info\{reason="(?<reason>\w+)"\}/m.exec(text)?.groups?.reason,
      success: /^probe_success 1$/m.test(text),
    };
  };
}
