import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.ts';
import type { Listening } from '../../../src/web/server.ts';
import { serveApplication } from '../../support/web-application.ts';
import { compare, type Difference, readAnswer } from './compare.ts';
import { type Area, DIFFERENCES } from './differences.ts';
import { hasOracle, type Oracle, oracleIsAtLeast, startOracle } from './oracle.ts';

/** One request to `/probe` that both have to answer alike. */
export interface Scenario<P> {
  readonly title: string;
  /** The module, as it stands in the modules file; a text names one of `named`. */
  readonly module?: Readonly<Record<string, unknown>> | string;
  /** Made of what the playground listens on. Absent: the parameter is. */
  readonly target?: (playground: P) => string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly scrapeTimeout?: string;
  /** The version of blackbox_exporter that can do this first. */
  readonly since?: string;
  /** The accepted differences that this scenario shows, beside those that every scenario may. */
  readonly differs?: readonly string[];
}

/** What scenarios of an area have in common. */
export interface Setting<P extends AsyncDisposable> {
  readonly playground: () => Promise<P>;
  /** Modules with a name of their own; may depend on what the playground listens on. */
  readonly named?: (playground: P) => Readonly<Record<string, unknown>>;
  readonly scenarios: readonly Scenario<P>[];
}

/** Probes the same targets with the same modules file through blackbox_exporter and through us, and compares. */
export function differential<P extends AsyncDisposable>(area: Area, setting: Setting<P>): void {
  const scenarios = setting.scenarios.map((scenario, index) => ({ ...scenario, index }));
  const comparable = scenarios.filter(({ since = '0' }) => oracleIsAtLeast(since));
  // In this order: the last test is about what the others saw.
  describe.skipIf(!hasOracle)(
    `blackbox_exporter and we, probing ${area},`,
    { shuffle: false },
    () => {
      const seen = new Set<string>();
      let playground: P;
      let oracle: Oracle;
      let ours: Listening;

      beforeAll(async () => {
        playground = await setting.playground();
        const modules = modulesFile(comparable, setting.named?.(playground));
        oracle = await startOracle(modules);
        ours = await serveApplication(parseConfig({ file: 'blackbox.yml', text: modules }), {
          credentialsToAnyTarget: true,
        });
      }, 30_000);
      afterAll(async () => {
        await ours?.stop(0);
        await oracle?.[Symbol.asyncDispose]();
        await playground?.[Symbol.asyncDispose]();
      });

      test.each(comparable)('agree on $title', async (scenario) => {
        const request = requestOf(scenario, playground);
        const ourUrl = `http://127.0.0.1:${ours.address.port}`;
        const [theirs, mine] = await Promise.all(
          [oracle.url, ourUrl].map(async (url) =>
            readAnswer(await fetch(`${url}${request.path}`, { headers: request.headers })),
          ),
        );
        if (!theirs || !mine) throw new Error('an answer is missing');
        const explained = compare(theirs, mine).map((difference) => ({
          difference,
          row: explain(area, scenario, difference),
        }));
        const unexplained = explained.filter(({ row }) => row === undefined);
        expect(unexplained.map(({ difference }) => difference)).toEqual([]);
        const rows = new Set(explained.flatMap(({ row }) => row ?? []));
        for (const id of rows) seen.add(id);
        const promised = (scenario.differs ?? []).filter(isExpected);
        expect(promised.filter((id) => !rows.has(id))).toEqual([]);
      });

      test.skip.each(scenarios.filter((scenario) => !comparable.includes(scenario)))(
        'agree on $title (blackbox_exporter $since and newer)',
        () => {},
      );

      test('still differ in every way that is accepted', () => {
        const ids = DIFFERENCES.filter(({ areas }) => areas.includes(area)).map(({ id }) => id);
        expect(ids.filter((id) => isExpected(id) && !seen.has(id))).toEqual([]);
      });
    },
  );
}

/** Whether this blackbox_exporter is one that differs so. */
function isExpected(id: string): boolean {
  const until = DIFFERENCES.find((row) => row.id === id)?.until;
  return until === undefined || !oracleIsAtLeast(until);
}

function explain(
  area: Area,
  { differs = [] }: Scenario<never>,
  difference: Difference,
): string | undefined {
  return DIFFERENCES.find(
    ({ id, areas, everywhere, matches }) =>
      areas.includes(area) && (everywhere || differs.includes(id)) && matches(difference),
  )?.id;
}

function modulesFile(
  scenarios: readonly { module?: unknown; index: number }[],
  named: Readonly<Record<string, unknown>> = {},
): string {
  const own = scenarios.flatMap(({ module, index }) =>
    typeof module === 'object' ? [[`s${index}`, module] as const] : [],
  );
  // JSON is YAML.
  return JSON.stringify({ modules: { ...named, ...Object.fromEntries(own) } });
}

function requestOf<P>(
  { module, target, parameters, scrapeTimeout, index }: Scenario<P> & { index: number },
  playground: P,
): { path: string; headers: Record<string, string> } {
  const name = typeof module === 'object' ? `s${index}` : module;
  const query = new URLSearchParams({
    ...(name !== undefined && { module: name }),
    ...(target && { target: target(playground) }),
    ...parameters,
  });
  return {
    path: `/probe?${query}`,
    headers: {
      ...(scrapeTimeout !== undefined && { 'x-prometheus-scrape-timeout-seconds': scrapeTimeout }),
    },
  };
}
