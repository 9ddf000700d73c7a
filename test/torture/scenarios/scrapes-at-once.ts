import { quantile } from '../../bench/measure/statistics.ts';
import { startExporterProcess } from '../../support/exporter-process.ts';
import { parseExposition } from '../../support/exposition.ts';
import { httpGet } from '../../support/http-get.ts';
import { holdingTarget } from '../holding-target.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';
import { until } from '../until.ts';

const LIMIT = 40;
const REFUSED = 1000;
const MOST_MS = 50;

export const scenario: Scenario = {
  name: 'scrapes-at-once',
  proof: [4],
  title:
    '40 scrapes at once run the checks once; further ones are refused with 503 and Retry-After within 50 ms',
  run: async (scale) => {
    const count = scaled(REFUSED, scale, 20);
    await using target = await holdingTarget();
    await using exporter = await startExporterProcess({
      config: `checks: [{name: Slow, target: "http://127.0.0.1:${target.port}/", prober: http, timeout: 1m}]\n`,
    });
    const { url } = exporter;
    const scrapes = Array.from({ length: LIMIT }, () => httpGet(`${url}/metrics`));
    await until('the target to be asked', () => target.requests() > 0);
    await until('all scrapes to be there', async () => {
      const { status } = await httpGet(`${url}/metrics?check[]=nobody`);
      return status === 503;
    });

    const times: number[] = [];
    let wrong = 0;
    for (let index = 0; index < count; index++) {
      const askedAt = performance.now();
      const { status, headers, body } = await httpGet(`${url}/metrics`);
      times.push(performance.now() - askedAt);
      const isRight =
        status === 503 &&
        Number(headers['retry-after']) > 0 &&
        body.toString().includes('--web.max-requests');
      if (!isRight) wrong++;
    }
    const operating = await Promise.all(
      ['/-/healthy', '/-/ready'].map(async (path) => (await httpGet(url + path)).status),
    );
    target.release();
    const answers = await Promise.all(scrapes);
    const last = await exporter.scrape();
    const runs = parseExposition(String(answers.at(-1)?.body)).byCheck('probe_runs_total');
    const counted = last.all('healthcheck_exporter_http_requests_refused_total');
    const figures = {
      'scrapes at once': LIMIT,
      'requests of the target': target.requests() - 1,
      refused: count,
      'refused otherwise than by 503 with Retry-After': wrong,
      'time of a refusal, median, ms': rounded(quantile(times, 0.5), 2),
      'time of a refusal, longest, ms': rounded(Math.max(...times), 2),
    };
    const isCounted = counted.some(
      ({ labels, value }) => labels.cause === 'max_requests' && value >= count,
    );
    return judge(figures, [
      [runs.Slow === 1, `the check ran ${runs.Slow} times`],
      [answers.every(({ status }) => status === 200), 'not every scrape was answered with 200'],
      [wrong === 0, `${wrong} of ${count} were not refused as they should`],
      [isCounted, 'the metric does not count what was refused'],
      [operating.every((status) => status === 200), `healthy and ready answered ${operating}`],
      [!judgesTimes(scale) || Math.max(...times) < MOST_MS, 'a refusal took too long'],
    ]);
  },
};
