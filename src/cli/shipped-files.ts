import { readFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { suggestion } from '../config/explain.ts';
import { CliCommand, type Example } from './cli-command.ts';
import { EXIT } from './exit.ts';
import { flags } from './flags.ts';
import { type FileToWrite, writeFiles } from './write-files.ts';

/** Files that come with the package, and the command that prints or writes them. */
interface ShippedKind {
  /** The command's own name. */
  readonly command: string;
  readonly description: string;
  /** From the top of the package. */
  readonly folder: string;
  readonly ending: string;
  /** Each is `healthcheck-<name>` with the ending. The first is meant where none is named. */
  readonly names: readonly [string, ...string[]];
  /** What every selector in them says of the job; where it stands here, `--job` replaces it. */
  readonly jobSelector?: string;
  readonly examples: readonly Example[];
}

/** `rules`. */
export const RULES = {
  command: 'rules',
  description: 'print or write the alert rules that come with the exporter',
  folder: 'alert-rules',
  ending: '.yml',
  names: ['alerts', 'slo'],
  jobSelector: 'job=~"healthcheck.*"',
  examples: [
    {
      line: 'healthcheck-exporter rules > healthcheck-alerts.yml',
      meaning: 'The alert rules, for rule_files of Prometheus.',
    },
    {
      line: 'healthcheck-exporter rules slo',
      meaning: 'The rules for service level objectives.',
    },
    {
      line: "healthcheck-exporter rules --job='blackbox.*' --write=rules",
      meaning: 'All rule files into a directory, for scrape jobs of other names.',
    },
  ],
} as const satisfies ShippedKind;

/** `dashboards`. */
export const DASHBOARDS = {
  command: 'dashboards',
  description: 'print or write the Grafana dashboards that come with the exporter',
  folder: 'examples/grafana/dashboards',
  ending: '.json',
  names: ['overview', 'probe'],
  examples: [
    {
      line: 'healthcheck-exporter dashboards --write=dashboards',
      meaning: 'All dashboards into a directory that Grafana provisions.',
    },
    {
      line: 'healthcheck-exporter dashboards probe > probe.json',
      meaning: 'One of them, to be imported by hand.',
    },
  ],
} as const satisfies ShippedKind;

/** The paths of all files of a kind, from the top of the package. */
export function shippedPaths(kind: ShippedKind): string[] {
  return kind.names.map((name) => `${kind.folder}/${fileName(kind, name)}`);
}

interface ShippedFlags {
  readonly write?: string;
  readonly force?: boolean;
  readonly job?: string;
}

/** `rules` and `dashboards`: for those who have an image or a package, and not its files. */
export function shippedFilesCommand(
  kind: ShippedKind,
  { setExitCode }: { setExitCode: (code: number) => void },
): Command {
  const [first, ...others] = kind.names;
  const command = new CliCommand(kind.command)
    .description(kind.description)
    .addArgument(
      new Argument('[name]', `${first} (printed where none is named) or ${others.join(' or ')}`)
        .choices(kind.names)
        // What is wrong is said below, in words that fit.
        .argParser((name) => name),
    )
    .addOption(flags.write())
    .addOption(flags.force());
  for (const { line, meaning } of kind.examples) command.example(line, meaning);
  if (kind.jobSelector !== undefined) command.addOption(flags.job());
  return command.action(async (name: string | undefined, given: ShippedFlags) => {
    refuseMisuse(kind, name, given, command);
    if (given.write === undefined) {
      process.stdout.write(readShipped(kind, name ?? first, given.job).text);
      return;
    }
    const named = name === undefined ? kind.names : [name];
    const files = named.map((one) => readShipped(kind, one, given.job));
    const { lines, problems } = await writeFiles(given.write, files, given.force ?? false);
    for (const line of lines) process.stdout.write(`${line}\n`);
    if (problems.length === 0) return;
    process.stderr.write(`${[...problems, 'nothing was written'].join('\n')}\n`);
    setExitCode(EXIT.couldNotRun);
  });
}

function refuseMisuse(
  { names, command: kind }: ShippedKind,
  name: string | undefined,
  { write, force }: ShippedFlags,
  command: Command,
): void {
  if (force && write === undefined) command.error('--force has no effect without --write');
  if (name === undefined || names.includes(name)) return;
  const near = suggestion(name, names) || `, expected one of ${names.join(', ')}`;
  command.error(`there are no ${kind} called '${name}'${near}`);
}

function readShipped(kind: ShippedKind, name: string, job: string | undefined): FileToWrite {
  const file = fileName(kind, name);
  // The same way up from src/cli and from dist/cli.
  const text = readFileSync(new URL(`../../${kind.folder}/${file}`, import.meta.url), 'utf8');
  return {
    name: file,
    text: job === undefined ? text : withJob(text, kind.jobSelector ?? '', job),
  };
}

function fileName({ ending }: ShippedKind, name: string): string {
  return `healthcheck-${name}${ending}`;
}

const COMMENT_LINE = /^\s*#/;

/** The comments go on to speak of the file as it is shipped, and a line above them says what is different. */
function withJob(text: string, shipped: string, job: string): string {
  const wanted = `job=~${promqlText(job)}`;
  if (wanted === shipped) return text;
  const lines = text
    .split('\n')
    .map((line) => (COMMENT_LINE.test(line) ? line : line.replaceAll(shipped, () => wanted)));
  const difference = `# Written with --job: ${wanted} stands where the comments below say ${shipped}.`;
  return [difference, '#', ...lines].join('\n');
}

// What would end a plain or a quoted scalar of the YAML that the expression stands in, a comment, or text in backticks;
// and what YAML does not allow at all.
const YAML_WOULD_READ = /[\s\p{Cc}'`]/gu;

/** Text in quotes as PromQL reads it, wherever in a rule file it stands. */
function promqlText(text: string): string {
  return JSON.stringify(text).replaceAll(YAML_WOULD_READ, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
