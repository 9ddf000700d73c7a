import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.ts';
import type { Listening } from '../../../src/web/server.ts';
import { serveApplication } from '../../support/web-application.ts';
import { compare, type Difference, readAnswer } from './compare.ts';
import { type Area, DIFFERENCES, type DifferenceId } from './differences.ts';
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
  readonly differs?: readonly DifferenceId[];
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
  describe.skipIf(!hasOracle)(`blackbox_exporter and we, probing ${area},`, () => {
    const seen = new Set<DifferenceId>();
    let playground: P;
    let oracle: Oracle;
    let ours: Listening;

    beforeAll(async () => {
      playground = await setting.playground();
      const modules = modulesFile(comparable, setting.named?.(playground));
      oracle = await startOracle(modules);
      ours = await serveApplication(parseConfig({ file: 'blackbox.yml', text: modules }));
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
      const unexplained = compare(theirs, mine).filter((difference) => {
        const row = explain(area, scenario, difference);
        if (row) seen.add(row);
        return row === undefined;
      });
      expect(unexplained).toEqual([]);
      for (const id of scenario.differs ?? []) expect([...seen], id).toContain(id);
    });

    test.skip.each(scenarios.filter((scenario) => !comparable.includes(scenario)))(
      'agree on $title (blackbox_exporter $since and newer)',
      () => {},
    );

    test('still differ in every way that is accepted', () => {
      const expected = DIFFERENCES.filter(
        ({ areas, until }) => areas.includes(area) && !(until && oracleIsAtLeast(until)),
      );
      expect(expected.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
    });
  });
}

function explain(
  area: Area,
  { differs = [] }: Scenario<never>,
  difference: Difference,
): DifferenceId | undefined {
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
