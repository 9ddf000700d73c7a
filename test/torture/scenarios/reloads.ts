import { WITH_INSPECTOR } from '../../bench/measure/inspector.ts';
import { type ExporterProcess, startExporterProcess } from '../../support/exporter-process.ts';
import { parseExposition } from '../../support/exposition.ts';
import { httpGet } from '../../support/http-get.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';
import { countOf, standingOf } from '../standing.ts';
import { until } from '../until.ts';

const RELOADS = 1000;
const SCRAPERS = 4;
const MOST_MORE_LIVE_MB = 3;
const WARM_UP_PART = 0.1;
const SUCCESSFUL = 'healthcheck_exporter_config_last_reload_successful';

const good = (name: 'One' | 'Two') => `checks:
  - {name: Kept, prober: memory}
  - {name: ${name}, target: /, prober: disk}
`;
const BAD = `checks:
  - {name: Kept, prober: memroy}
`;

export const scenario: Scenario = {
  name: 'reloads',
  proof: [20],
  title:
    '1,000 reloads by SIGHUP and POST, every second one of a bad file, lose no scrape, and a bad file changes nothing',
  run: async (scale) => {
    const count = scaled(RELOADS, scale, 12);
    await using exporter = await startExporterProcess({ config: good('One'), env: WITH_INSPECTOR });
    const load = scrapeAgainAndAgain(exporter);
    await until('some scrapes', () => load.seen.length > 20);

    const wrong: string[] = [];
    const warmUps = Math.round(count * WARM_UP_PART);
    let before = await standingOf(exporter, 'Kept');
    for (let index = 0; index < count; index++) {
      if (index === warmUps) before = await standingOf(exporter, 'Kept');
      wrong.push(...(await reloadAndLook(exporter, index)));
    }
    await load.stop();
    const after = await standingOf(exporter, 'Kept');
    const failed = load.seen.filter((isRight) => !isRight).length;
    const figures = {
      reloads: count,
      'scrapes meanwhile': load.seen.length,
      'scrapes that failed': failed,
      descriptors: `${before.descriptors} → ${after.descriptors}`,
      handles: `${countOf(before.handles)} → ${countOf(after.handles)}`,
      'heap after collection, MB': `${rounded(before.liveHeapMb)} → ${rounded(after.liveHeapMb)}`,
      'resident memory, MB': `${rounded(before.residentMb)} → ${rounded(after.residentMb)}`,
    };
    return judge(figures, [
      [failed === 0, `${failed} scrapes failed, or showed a counter that fell`],
      [wrong.length === 0, wrong.slice(0, 5).join('; ')],
      [after.descriptors <= before.descriptors + 5, 'descriptors have leaked'],
      [countOf(after.handles) <= countOf(before.handles) + 5, 'handles have leaked'],
      [
        !judgesTimes(scale) || after.liveHeapMb < before.liveHeapMb + MOST_MORE_LIVE_MB,
        'memory has leaked',
      ],
    ]);
  },
};

/** Good and bad files take turns, and of four that came by signal four come by POST. Resolves to what is wrong. */
async function reloadAndLook(exporter: ExporterProcess, index: number): Promise<string[]> {
  const isGood = index % 2 === 0;
  // A bad file changes nothing.
  const name = index % 4 < 2 ? 'Two' : 'One';
  await exporter.rewriteConfig(isGood ? good(name) : BAD);
  const said = await (index % 8 < 4 ? bySignal : byPost)(exporter, index + 1, isGood);
  const shown = await exporter.scrape();
  const names = Object.keys(shown.byCheck('probe_success')).sort().join();
  const gauge = shown.value(SUCCESSFUL);
  return [
    said ?? '',
    names === `Kept,${name}` ? '' : `after reload ${index + 1} there are ${names}`,
    gauge === (isGood ? 1 : 0) ? '' : `after reload ${index + 1} the gauge is ${gauge}`,
  ].filter((sentence) => sentence !== '');
}

/** Resolves to what is wrong, when the reload is over. */
type Reload = (
  exporter: ExporterProcess,
  number: number,
  isGood: boolean,
) => Promise<string | undefined>;

const bySignal: Reload = async ({ process }, number) => {
  process.kill('SIGHUP');
  await until('the reload', () => {
    const ends = process.stderr().match(/msg="configuration (?:loaded|refused)/g)?.length ?? 0;
    return ends >= number;
  });
  return undefined;
};

const byPost: Reload = async ({ url }, number, isGood) => {
  const response = await fetch(`${url}/-/reload`, { method: 'POST' });
  const text = await response.text();
  const isRight = response.status === (isGood ? 200 : 500) && isGood === (text === '');
  return isRight ? undefined : `POST ${number} answered ${response.status} ${text}`;
};

/** Scrapes by several clients at once until it is stopped. */
function scrapeAgainAndAgain({ url }: ExporterProcess) {
  const seen: boolean[] = [];
  let stopped = false;
  const scrape = async () => {
    const { status, body } = await httpGet(`${url}/metrics`);
    const { byCheck } = parseExposition(body.toString());
    const success = byCheck('probe_success');
    const names = Object.keys(success).sort().join();
    const isRight = status === 200 && ['Kept,One', 'Kept,Two'].includes(names);
    return { isRight, runs: byCheck('probe_runs_total').Kept ?? 0 };
  };
  const client = async () => {
    let runs = 0;
    while (!stopped) {
      const found = await scrape().catch(() => ({ isRight: false, runs }));
      // Answers may overtake each other between clients, not for one of them.
      seen.push(found.isRight && found.runs >= runs);
      runs = found.runs;
    }
  };
  const clients = Promise.all(Array.from({ length: SCRAPERS }, client));
  const stop = async () => {
    stopped = true;
    await clients;
  };
  return { seen, stop };
}
