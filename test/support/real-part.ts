import { execFileSync } from 'node:child_process';

/**
 * Whether a test's real counterpart is installed: `describe.skipIf(!realPart('systemd', ['systemctl']))`. Where
 * nobody would notice the gap, under `CI=true`, a missing one is an error instead.
 */
export function realPart(
  name: string,
  commands: readonly string[],
  { root = false }: { root?: boolean } = {},
): boolean {
  const missing = commands.filter((command) => !isInstalled(command));
  if (root && process.getuid?.() !== 0) missing.push('the rights of root');
  if (missing.length > 0 && process.env.CI === 'true') {
    throw new Error(`the tests with a real ${name} need ${missing.join(', ')}, which CI must have`);
  }
  return missing.length === 0;
}

/** Whether the shell finds a command. */
export function isInstalled(command: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
