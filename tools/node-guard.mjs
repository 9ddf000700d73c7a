// Plain JavaScript, so that an old Node.js gets as far as reading the sentence.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const numbers = (version) => version.replace(/^\D*/, '').split('.').map(Number);
const [major, minor] = numbers(process.versions.node);
const [wantedMajor, wantedMinor] = numbers(engines.node);

if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  console.error(
    `healthcheck-exporter needs Node.js ${engines.node}, this is ${process.versions.node}: run "npm ci", then use the npm scripts, which bring their own.`,
  );
  process.exit(2);
}
