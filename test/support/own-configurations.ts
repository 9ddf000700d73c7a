import { globSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../house/source-files.ts';
import { readYaml } from './yaml.ts';

const EXAMPLES = globSync('examples/**/*.{yml,yaml}', { cwd: ROOT }).sort();

/** The examples that are configurations of the exporter, as paths from the top of the project. */
export const EXAMPLE_CONFIGURATIONS = examplesWith(['checks', 'modules']);

/** The examples that are web configurations. */
export const EXAMPLE_WEB_CONFIGURATIONS = examplesWith([
  'tls_server_config',
  'http_server_config',
  'basic_auth_users',
  'rate_limit',
]);

function examplesWith(keys: readonly string[]): readonly string[] {
  return EXAMPLES.filter((path) => {
    const value = readYaml<unknown>(join(ROOT, path));
    return typeof value === 'object' && keys.some((key) => Object.hasOwn(value ?? {}, key));
  });
}
