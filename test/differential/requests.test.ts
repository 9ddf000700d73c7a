import { type HttpPlayground, startHttpPlayground } from './support/http-playground.ts';
import { differential, type Scenario } from './support/suite.ts';

type RequestScenario = Scenario<HttpPlayground>;

const probing = (title: string, more: Partial<RequestScenario>): RequestScenario => ({
  title,
  module: { prober: 'http', http: { preferred_ip_protocol: 'ip4' } },
  target: ({ host }) => `${host}/text`,
  ...more,
});

const module = (timeout: string) => ({
  prober: 'http',
  timeout,
  http: { preferred_ip_protocol: 'ip4' },
});

differential('requests', {
  playground: startHttpPlayground,
  named: () => ({ http_2xx: { prober: 'http' } }),
  scenarios: [
    probing('a module and a target', {}),
    { title: 'no module', target: ({ host }) => host },
    { title: 'an empty module', module: '', target: ({ host }) => host },
    probing('a module that does not exist', { module: 'nope' }),
    { title: 'no target', module: 'http_2xx' },
    { title: 'an empty target', module: 'http_2xx', target: () => '' },
    { title: 'neither' },
    { title: 'no target and a module that does not exist', module: 'nope' },
    probing('parameters of others', { parameters: { format: 'x', foo: 'bar' } }),
    probing('debug that is not true', { parameters: { debug: '1' } }),
    ...['1', '0.9', '15', '1e1', '', '120.5'].map((scrapeTimeout) =>
      probing(`the scrape timeout "${scrapeTimeout}"`, { scrapeTimeout }),
    ),
    ...['0.5', '0.3', '0.25'].map((scrapeTimeout) =>
      probing(`the scrape timeout "${scrapeTimeout}", not more than the offset`, {
        scrapeTimeout,
        differs: ['short-scrape-timeout'],
      }),
    ),
    ...['five', '5s', '1 2', '0x'].map((scrapeTimeout) =>
      probing(`the scrape timeout "${scrapeTimeout}", which is no number`, {
        scrapeTimeout,
        differs: ['bad-scrape-timeout'],
      }),
    ),
    ...['0', '-1', 'NaN', 'Inf'].map((scrapeTimeout) =>
      probing(`the scrape timeout "${scrapeTimeout}", which gives no time`, {
        scrapeTimeout,
        differs: ['impossible-scrape-timeout'],
      }),
    ),
    ...['5s', '20s', '1m', '500ms', '1.5s'].map((timeout) =>
      probing(`a module timeout of ${timeout}`, { module: module(timeout), scrapeTimeout: '10' }),
    ),
    probing('a target with a plus', { target: ({ host }) => `${host}/needs?a+b` }),
    probing('a target that is escaped twice', { target: ({ host }) => `${host}/text?is=%253A` }),
    probing('a target that is no URL', {
      target: () => 'http://[',
      differs: ['target-that-is-none'],
    }),
    probing('a target with a scheme of others', {
      target: () => 'ftp://localhost/',
      differs: ['target-that-is-none'],
    }),
    probing('a target with a bad port', {
      target: () => 'localhost:99999',
      differs: ['target-that-is-none'],
    }),
  ],
});
