import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Check } from '../../src/config/check.ts';
import { ProbeFailure } from '../../src/probers/failure.ts';
import {
  barriers,
  DESKTOP,
  follow,
  hasChromium,
  openPage,
  overhang,
  PHONE,
  rolesHeard,
  startBrowser,
  type View,
  type WatchedPage,
} from '../support/browser.ts';
import { createAuthority } from '../support/certificates.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { hasNginx } from '../support/nginx-server.ts';
import { type Shop, startShop } from '../support/shop.ts';
import { isThorough } from '../support/thorough.ts';
import { serveApplication } from '../support/web-application.ts';
import { bcryptOf, TLS, webConfigDirectory, webConfigFiles } from '../support/web-config.ts';
import { PICTURES, takePicture } from './pictures.ts';

const DESK: View = { viewport: DESKTOP };
const DESK_AT_NIGHT: View = { viewport: DESKTOP, colorScheme: 'dark' };
const AT_PHONE: View = { viewport: PHONE };
const AT_PHONE_AT_NIGHT: View = { viewport: PHONE, colorScheme: 'dark' };

describe.skipIf(!isThorough || !hasChromium || !hasNginx)(
  'somebody in front of the status page',
  () => {
    let browser: Browser;
    let shop: Shop;
    let watched: WatchedPage;
    let url: string;
    beforeAll(async () => {
      [browser, shop] = await Promise.all([startBrowser(), startShop()]);
      watched = await openPage(browser, () => url);
    });
    afterAll(async () => {
      await browser?.close();
      await shop?.[Symbol.asyncDispose]();
    });
    beforeEach(() => {
      url = shop.exporter.url;
    });
    afterEach(() => {
      expect(watched.misdeeds.splice(0)).toEqual([]);
    });

    const open = async (view: View, path = '/') => {
      const { page, look } = watched;
      await look(view);
      await page.goto(`${url}${path}`);
      return page;
    };
    const names = () => watched.page.locator('.checks tbody th').allTextContents();
    const click = (place: Locator) => follow(place.page(), () => place.click());
    const shownText = async () => (await watched.page.textContent('pre')) ?? '';

    test('learns before the first scrape how to have one, and starts none', async () => {
      const page = await open(DESK);
      const [heading] = await page.getByRole('heading', { level: 2 }).allTextContents();
      expect(heading).toBe('No scrape has come yet');
      expect(await page.getByText('scrape_configs:').textContent()).toContain(
        `- targets: ["127.0.0.1:${shop.exporter.port}"]`,
      );
      expect(await page.getByText(`curl ${url}/metrics`).count()).toBe(1);
      expect(await page.getByText('not executed yet').count()).toBe(8);
      expect(await barriers(page)).toEqual([]);
      const report = await (await fetch(`${url}/api/v1/checks`)).json();
      expect(report).toMatchObject({ summary: { skipped: 8 }, scrape: null });
    });

    describe('after some scrapes', () => {
      beforeAll(() => shop.liveThrough(3));

      test.each([
        ['a desk', DESK],
        ['a phone at night', AT_PHONE_AT_NIGHT],
      ])(
        'at %s finds what fails, reads why, opens its log and comes back',
        async (_place, view) => {
          const page = await open({ ...view, withoutScripts: true });
          await click(page.getByRole('link', { name: '1 failing' }));
          expect(await page.getByText('Showing 1 of 8 checks.').count()).toBe(1);
          const row = page.getByRole('row').filter({ hasText: 'Intranet' });
          expect(await row.textContent()).toMatch(
            /failing for \d+ s, since \d\d:\d\d:\d\d\s+Intranet\s+refused: connection refused by 127\.0\.0\.1:\d+/,
          );
          const plot = row.getByRole('img').locator('title');
          expect(await plot.textContent()).toBe('last 3 runs: 3 failed');
          await click(row.getByRole('link', { name: 'log of Intranet' }));
          expect(await shownText()).toMatch(/msg="Probe failed" .*reason=refused/);
          await page.goBack();
          await click(page.getByRole('link', { name: 'Clear the filter' }));
          expect(await page.getByText('All 8 checks, failing ones first.').count()).toBe(1);
        },
      );

      test.each(['/', '/?status=failing&name=i&label=team:office&refresh=5m'])(
        'is shut out of %s by nothing, and needs not look beside the window',
        async (path) => {
          const page = await open(DESK, path);
          for (const view of [DESK, DESK_AT_NIGHT, AT_PHONE, AT_PHONE_AT_NIGHT]) {
            await watched.look(view);
            expect(await barriers(page)).toEqual([]);
            expect(await overhang(page)).toBe(0);
          }
          // The last one is a phone, where each row is a card.
          const heard = [...(await rolesHeard(page))];
          expect(heard).toEqual(
            expect.arrayContaining(['table', 'columnheader', 'rowheader', 'cell']),
          );
        },
      );

      test('sees the failing ones first, and the state of each in words', async () => {
        const page = await open(DESK);
        const states = await page.locator('.checks tbody .state').allTextContents();
        expect(states).toEqual(['✗ failing', ...Array(7).fill('✓ healthy')]);
        expect(await page.getByText(/^Last scrape \d+ s ago/).textContent()).toMatch(
          /took \d[\d.]*m?s, executed 8 checks, skipped 0\. Probes in flight now: 0\.$/,
        );
        expect(await page.title()).toBe('✗ 1 failing · 8 checks · healthcheck-exporter');
        const search = page.getByRole('row').filter({ hasText: 'Search' });
        expect(await search.getByRole('img').locator('title').textContent()).toMatch(
          /^last 3 runs: 1 failed, the others took [\d.]+m?s(?: to [\d.]+m?s)?$/,
        );
      });

      test('filters by keyboard alone', async () => {
        const page = await open(DESK);
        expect(await page.getByText('Filter and reload').isVisible()).toBe(false);
        await page.getByRole('checkbox', { name: 'healthy' }).focus();
        for (const key of ['Space', 'Tab', 'Tab', 'Tab']) await page.keyboard.press(key);
        await page.keyboard.type('USAGE');
        await follow(page, () => page.keyboard.press('Enter'));
        expect(await names()).toEqual(['Memory Usage', 'CPU Usage']);
        expect(await page.getByRole('checkbox', { name: 'healthy' }).isChecked()).toBe(true);
        expect(await page.getByLabel('Name contains').inputValue()).toBe('USAGE');
        await page.getByRole('link', { name: 'Clear the filter' }).focus();
        await follow(page, () => page.keyboard.press('Enter'));
        expect(page.url()).toBe(`${url}/`);
        expect(await names()).toHaveLength(8);
      });

      test('filters by label and prober by mouse, and narrows by a click on a label', async () => {
        const page = await open(DESK);
        await page.getByLabel('Label').fill('team:web');
        await page.getByLabel('Prober').selectOption('http');
        await click(page.getByRole('button', { name: 'Apply' }));
        expect(await names()).toEqual(['Website', 'Search']);
        await click(page.getByRole('link', { name: 'tier: 1' }));
        expect(await names()).toEqual(['Website']);
        expect(new URL(page.url()).search).toBe('?label=team%3Aweb&label=tier%3A1&prober=http');
        await click(page.getByRole('link', { name: 'the same as JSON' }));
        expect(JSON.parse(await shownText()).checks).toHaveLength(1);
      });

      test('probes a target by the form, and finds the probe again', async () => {
        const page = await open({ ...AT_PHONE, withoutScripts: true });
        const target = `http://127.0.0.1:${shop.website.port}/nowhere`;
        await page.getByRole('textbox', { name: 'Target' }).fill(target);
        await page.getByLabel('Module').selectOption('http_post_2xx');
        await click(page.getByRole('button', { name: 'Probe' }));
        expect(await shownText()).toMatch(/^Logs for the probe:\n.* msg="Beginning probe"/);
        await page.goto(url);
        const row = page.locator('.probes').getByRole('row').filter({ hasText: target });
        expect(await row.textContent()).toMatch(/✓ healthy\s.*\shttp_post_2xx\s/s);
        await click(row.getByRole('link', { name: 'log' }));
        expect(await shownText()).toContain('module=http_post_2xx');
      });

      test('has the page load itself again where that was asked for', async () => {
        const page = await open(DESK);
        await page.getByLabel('Reload every').selectOption('5m');
        const answer = page.waitForResponse(/refresh=5m/);
        await click(page.getByRole('button', { name: 'Apply' }));
        expect((await answer).headers().refresh).toBe('300');
        expect(await page.getByLabel('Reload every').inputValue()).toBe('5m');
      });

      test('can have pictures taken, and the documents have them', async () => {
        const [[, view = DESK] = []] = Object.entries(PICTURES);
        const kept = Object.keys(PICTURES).map((name) => readFile(join('docs/images', name)));
        const pictures = await Promise.all([takePicture(watched, url, view), ...kept]);
        for (const picture of pictures) {
          expect(picture.subarray(1, 4).toString()).toBe('PNG');
          expect(picture.length).toBeLessThan(200_000);
        }
      });
    });

    /** Has the page be that of these checks, each executed once, until the test is over. */
    const watch = async (checks: readonly Check[]) => {
      const { address, stop } = await serveApplication(makeConfig(checks));
      await forThisTest({ [Symbol.asyncDispose]: () => stop(0) });
      url = `http://127.0.0.1:${address.port}`;
      await (await fetch(`${url}/metrics`)).text();
    };

    test('is not fooled by names, labels and messages', async () => {
      await watch(
        HOSTILE_TEXTS.map((text, index) => {
          const fails = () => Promise.reject(new ProbeFailure('body', text));
          return makeCheck(`${text}${index}`, fails, { labels: { team: text } });
        }),
      );
      const page = await open(AT_PHONE);
      const headings = await page.getByRole('heading', { level: 1 }).allTextContents();
      expect(headings).toEqual(['healthcheck-exporter <1>']);
      const shown = await names();
      expect(shown).toHaveLength(HOSTILE_TEXTS.length);
      expect(shown[0]).toBe('<script>alert(1)</script>0');
      expect(shown[9]).toBe('\uFFFDtxt.exe\uFFFD left to right9');
      expect(shown[13]).toBe(`${'x'.repeat(300)}…`);
      expect(await overhang(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
      const label = page.locator('.checks tbody tr').first().locator('.about a');
      const href = await label.getAttribute('href');
      expect(new URLSearchParams(href ?? '').get('label')).toBe(`team:${HOSTILE_TEXTS[0]}`);
      await click(label);
      expect(await names()).toHaveLength(1);
      await watched.look(DESK);
      expect(await overhang(page)).toBe(0);
    });

    test('has a thousand checks at once, and finds one of them', async () => {
      await watch(
        Array.from({ length: 1000 }, (_, index) => makeCheck(`check ${index}`, takes(0))),
      );
      const page = await open(AT_PHONE);
      expect(await page.locator('.checks tbody tr').count()).toBe(1000);
      expect(await overhang(page)).toBe(0);
      expect(await page.getByLabel('Name contains').isVisible()).toBe(false);
      await page.getByText('Filter and reload').click();
      await page.getByLabel('Name contains').fill('k 777');
      await click(page.getByRole('button', { name: 'Apply' }));
      expect(await names()).toEqual(['check 777']);
      expect(await page.getByText('Showing 1 of 1,000 checks.').count()).toBe(1);
      expect(await page.getByLabel('Name contains').inputValue()).toBe('k 777');
      expect(await page.getByLabel('Name contains').isVisible()).toBe(true);
    });

    test('passes TLS, a password and a prefix', async () => {
      const authority = createAuthority();
      const directory = await forThisTest(webConfigDirectory(webConfigFiles(authority)));
      authority.remove();
      const users = `basic_auth_users: {ann: ${bcryptOf('secret')}}\n`;
      const webConfig = await directory.config(`${TLS}${users}`);
      const args = [`--web.config.file=${webConfig}`, '--web.route-prefix=/health'];
      const config = 'checks: [{name: Root, target: /, prober: disk}]';
      const { port } = await forThisTest(startExporterProcess({ config, args }));
      const origin = `https://127.0.0.1:${port}`;
      const { page, misdeeds } = await forThisTest(
        openPage(browser, () => origin, {
          httpCredentials: { username: 'ann', password: 'secret' },
          ignoreHTTPSErrors: true,
        }),
      );
      await page.goto(`${origin}/health/`);
      const job = await page.getByText('scheme: https').textContent();
      expect(job).toContain('metrics_path: /health/metrics');
      await page.goto(`${origin}/health/metrics`);
      await page.goto(`${origin}/health`);
      await click(page.getByRole('link', { name: 'log of Root' }));
      expect(await page.textContent('pre')).toContain('Logs for the probe:');
      expect(page.url()).toBe(`${origin}/health/logs?id=1`);
      expect(misdeeds).toEqual([]);
    });
  },
);
