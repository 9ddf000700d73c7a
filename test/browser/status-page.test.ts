import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  barriers,
  DESKTOP,
  hasChromium,
  openPage,
  overhang,
  PHONE,
  rolesHeard,
  startBrowser,
} from '../support/browser.ts';
import { createAuthority } from '../support/certificates.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { hasNginx } from '../support/nginx-server.ts';
import { type Shop, startShop } from '../support/shop.ts';
import { bcryptOf, TLS, webConfigDirectory, webConfigFiles } from '../support/web-config.ts';
import { PICTURES, takePicture } from './pictures.ts';

interface View {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'dark';
}

const VIEWS = {
  'a desk': { viewport: DESKTOP },
  'a desk at night': { viewport: DESKTOP, colorScheme: 'dark' },
  'a phone': { viewport: PHONE },
  'a phone at night': { viewport: PHONE, colorScheme: 'dark' },
} as const satisfies Record<string, View>;
const VIEWS_SEEN: readonly View[] = Object.values(VIEWS);

describe.skipIf(!hasChromium || !hasNginx)('somebody in front of the status page', () => {
  let browser: Browser;
  let shop: Shop;
  let url: string;
  beforeAll(async () => {
    [browser, shop] = await Promise.all([startBrowser(), startShop()]);
    url = shop.exporter.url;
  });
  afterAll(async () => {
    await browser?.close();
    await shop?.[Symbol.asyncDispose]();
  });

  const open = async (options: BrowserContextOptions = {}, path = '/') => {
    const watched = await openPage(browser, url, options);
    await watched.page.goto(`${url}${path}`);
    return watched;
  };

  test('learns before the first scrape how to have one, and starts none', async () => {
    const { page, misdeeds } = await open();
    await expect(page.getByRole('heading', { level: 2 }).first().textContent()).resolves.toBe(
      'No scrape has come yet',
    );
    await expect(page.getByText('scrape_configs:').textContent()).resolves.toContain(
      `- targets: ["127.0.0.1:${shop.exporter.port}"]`,
    );
    await expect(page.getByText(`curl ${url}/metrics`).count()).resolves.toBe(1);
    await expect(page.getByText('not executed yet').count()).resolves.toBe(8);
    await expect(barriers(page)).resolves.toEqual([]);
    const { summary, scrape } = (await (await fetch(`${url}/api/v1/checks`)).json()) as Report;
    expect([summary.skipped, scrape]).toEqual([8, null]);
    expect(misdeeds).toEqual([]);
  });

  describe('after some scrapes', () => {
    beforeAll(() => shop.liveThrough(3));

    test.each(['a desk', 'a phone at night'] as const)(
      'at %s finds what fails, reads why, opens its log and comes back',
      async (place) => {
        // The page needs no scripts: none can run here.
        const { page, misdeeds } = await open({ ...VIEWS[place], javaScriptEnabled: false });
        await page.getByRole('link', { name: '1 failing' }).click();
        await expect(page.getByText('Showing 1 of 8 checks.').count()).resolves.toBe(1);
        const row = page.getByRole('row').filter({ hasText: 'Intranet' });
        await expect(row.textContent()).resolves.toMatch(
          /failing for \d+ s, since \d\d:\d\d:\d\d\s+Intranet\s+refused: connection refused by 127\.0\.0\.1:\d+/,
        );
        await expect(row.getByRole('img').locator('title').textContent()).resolves.toBe(
          'last 3 runs: 3 failed',
        );
        await row.getByRole('link', { name: 'log of Intranet' }).click();
        await expect(page.textContent('pre')).resolves.toMatch(
          /msg="Probe failed" .*reason=refused/,
        );
        await page.goBack();
        await page.getByRole('link', { name: 'Clear the filter' }).click();
        await expect(page.getByText('All 8 checks, failing ones first.').count()).resolves.toBe(1);
        expect(misdeeds).toEqual([]);
      },
    );

    test.each(['/', '/?status=failing&name=i&label=team:office&refresh=5m'])(
      'is shut out of %s by nothing, and needs not look beside the window',
      async (path) => {
        const { page, misdeeds } = await open({}, path);
        for (const { viewport, colorScheme = 'light' } of VIEWS_SEEN) {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme });
          await expect(barriers(page)).resolves.toEqual([]);
          await expect(overhang(page)).resolves.toBe(0);
        }
        // The last one is a phone, where each row is a card.
        const heard = [...(await rolesHeard(page))];
        expect(heard).toEqual(
          expect.arrayContaining(['table', 'columnheader', 'rowheader', 'cell']),
        );
        expect(misdeeds).toEqual([]);
      },
    );

    test('sees the failing ones first, and the state of each in words', async () => {
      const { page } = await open();
      const states = await page.locator('.checks tbody .state').allTextContents();
      expect(states).toEqual(['✗ failing', ...Array(7).fill('✓ healthy')]);
      await expect(page.getByText(/^Last scrape \d+ s ago/).textContent()).resolves.toMatch(
        /took \d[\d.]*m?s, executed 8 checks, skipped 0\. Probes in flight now: 0\.$/,
      );
      await expect(page.title()).resolves.toBe('✗ 1 failing · 8 checks · healthcheck-exporter');
      const search = page.getByRole('row').filter({ hasText: 'Search' });
      await expect(search.getByRole('img').locator('title').textContent()).resolves.toMatch(
        /^last 3 runs: 1 failed, the others took [\d.]+ms(?: to [\d.]+ms)?$/,
      );
    });

    test('filters by keyboard alone', async () => {
      const { page } = await open();
      const names = () => page.locator('.checks tbody th').allTextContents();
      await page.getByRole('checkbox', { name: 'healthy' }).focus();
      for (const key of ['Space', 'Tab', 'Tab', 'Tab']) await page.keyboard.press(key);
      await page.keyboard.type('USAGE');
      await Promise.all([page.waitForURL(/name=USAGE/), page.keyboard.press('Enter')]);
      expect(await names()).toEqual(['Memory Usage', 'CPU Usage']);
      await expect(page.getByRole('checkbox', { name: 'healthy' }).isChecked()).resolves.toBe(true);
      await expect(page.getByLabel('Name contains').inputValue()).resolves.toBe('USAGE');
      await page.getByRole('link', { name: 'Clear the filter' }).focus();
      await Promise.all([page.waitForURL(`${url}/`), page.keyboard.press('Enter')]);
      expect(await names()).toHaveLength(8);
    });

    test('filters by label and prober by mouse, and narrows by a click on a label', async () => {
      const { page } = await open();
      const names = () => page.locator('.checks tbody th').allTextContents();
      await page.getByLabel('Label').fill('team:web');
      await page.getByLabel('Prober').selectOption('http');
      await page.getByRole('button', { name: 'Apply' }).click();
      expect(await names()).toEqual(['Website', 'Search']);
      await page.getByRole('link', { name: 'tier: 1' }).click();
      expect(await names()).toEqual(['Website']);
      expect(new URL(page.url()).search).toBe('?label=team%3Aweb&label=tier%3A1&prober=http');
      await page.getByRole('link', { name: 'the same as JSON' }).click();
      expect(JSON.parse((await page.textContent('pre')) ?? '').checks).toHaveLength(1);
    });

    test('probes a target by the form, and finds the probe again', async () => {
      const { page, misdeeds } = await open({ javaScriptEnabled: false });
      const target = `http://127.0.0.1:${shop.website.port}/nowhere`;
      await page.getByRole('textbox', { name: 'Target' }).fill(target);
      await page.getByLabel('Module').selectOption('http_post_2xx');
      await page.getByRole('button', { name: 'Probe' }).click();
      await expect(page.textContent('pre')).resolves.toMatch(/^Logs for the probe:\n.* msg="Beg/);
      await page.goto(url);
      const row = page.locator('.probes').getByRole('row').filter({ hasText: target });
      await expect(row.textContent()).resolves.toMatch(/✓ healthy\s.*\shttp_post_2xx\s/s);
      await row.getByRole('link', { name: 'log' }).click();
      await expect(page.textContent('pre')).resolves.toContain('module=http_post_2xx');
      expect(misdeeds).toEqual([]);
    });

    test.each(Object.entries(PICTURES))('can have %s taken', async (name, options) => {
      const taken = await takePicture(browser, url, options);
      const kept = await readFile(join('docs/images', name));
      for (const picture of [taken, kept]) expect(picture.subarray(1, 4).toString()).toBe('PNG');
      expect(kept.length).toBeLessThan(200_000);
    });

    test('has the page load itself again where that was asked for', async () => {
      const { page } = await open();
      await page.getByLabel('Reload every').selectOption('5s');
      const [response] = await Promise.all([
        page.waitForResponse(/refresh=5s/),
        page.getByRole('button', { name: 'Apply' }).click(),
      ]);
      expect(response.headers().refresh).toBe('5');
      await expect(page.getByLabel('Reload every').inputValue()).resolves.toBe('5s');
    });
  });

  test('passes TLS, a password and a prefix', async () => {
    const authority = createAuthority();
    const directory = await forThisTest(webConfigDirectory(webConfigFiles(authority)));
    authority.remove();
    const webConfig = await directory.config(
      `${TLS}basic_auth_users: {ann: ${bcryptOf('secret')}}\n`,
    );
    const args = [`--web.config.file=${webConfig}`, '--web.route-prefix=/health'];
    const config = 'checks: [{name: Root, target: /, prober: disk}]';
    const { port } = await forThisTest(startExporterProcess({ config, args }));
    const origin = `https://127.0.0.1:${port}`;
    const { page, misdeeds } = await openPage(browser, origin, {
      httpCredentials: { username: 'ann', password: 'secret' },
      ignoreHTTPSErrors: true,
    });
    await page.goto(`${origin}/health/`);
    await expect(page.getByText('scheme: https').textContent()).resolves.toContain(
      'metrics_path: /health/metrics',
    );
    await page.goto(`${origin}/health/metrics`);
    await page.goto(`${origin}/health`);
    await page.getByRole('link', { name: 'log of Root' }).click();
    await expect(page.textContent('pre')).resolves.toContain('Logs for the probe:');
    expect(page.url()).toBe(`${origin}/health/logs?id=1`);
    expect(misdeeds).toEqual([]);
  });
});

interface Report {
  readonly summary: Readonly<Record<'skipped', number>>;
  readonly scrape: unknown;
}
