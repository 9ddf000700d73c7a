import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ProbeFailure } from '../../src/probers/failure.ts';
import {
  barriers,
  hasChromium,
  openPage,
  overhang,
  PHONE,
  startBrowser,
} from '../support/browser.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { serveApplication } from '../support/web-application.ts';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  '</title></style></textarea></table><h1>mine</h1>',
  '<style>*{display:none}</style><base href="http://192.0.2.1/">',
  '<meta http-equiv="refresh" content="0;url=http://192.0.2.1/">',
  'javascript:alert(1)',
  '&lt;b&gt;&#60;script&#62;',
  '${alert(1)} {{7*7}} %3Cscript%3E',
  '\u202Etxt.exe\u2066 left to right',
  'שלום עולם 123',
  'nul \0 bell \u0007 escape \u001B[31m line\r\nend \u2028',
  '👩‍👩‍👧‍👦 🏴‍☠️ é ﷽ 𝒳 \uD800',
  'x'.repeat(10_000),
  'Ẑ̴̨̛͓̦̃͐a̶̡͌l̵̼͘g̵̙̈́ơ̷̯',
];

describe.skipIf(!hasChromium)('the status page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  test('is not moved by hostile names, labels and messages', async () => {
    const checks = HOSTILE.map((text, index) =>
      makeCheck(
        `${text}${index}`,
        async () => {
          throw new ProbeFailure('body', text);
        },
        { labels: { team: text, __proto: text } },
      ),
    );
    const { address, stop } = await serveApplication(makeConfig(checks));
    onTestFinished(() => stop(0));
    const url = `http://127.0.0.1:${address.port}`;
    await (await fetch(`${url}/metrics`)).text();
    const { page, misdeeds } = await openPage(browser, url, { viewport: PHONE });

    await page.goto(url);

    await expect(page.getByRole('heading', { level: 1 }).allTextContents()).resolves.toEqual([
      'healthcheck-exporter <1>',
    ]);
    const names = await page.locator('.checks tbody th').allTextContents();
    expect(names).toHaveLength(HOSTILE.length);
    expect(names.slice(0, 2)).toEqual([
      '<script>alert(1)</script>0',
      '"><img src=x onerror=alert(1)>1',
    ]);
    expect(names[9]).toBe('\uFFFDtxt.exe\uFFFD left to right9');
    expect(names[11]).toMatch(/^nul \uFFFD bell \uFFFD escape \uFFFD\[31m line\s+end \u202811$/);
    expect(names[13]).toBe(`${'x'.repeat(300)}…`);
    await expect(overhang(page)).resolves.toBe(0);
    await expect(barriers(page)).resolves.toEqual([]);
    for (const [index, text] of HOSTILE.entries()) {
      const link = page.locator('.checks tbody tr').nth(index).locator('.about a').first();
      const href = (await link.getAttribute('href')) ?? '';
      expect(new URLSearchParams(href).get('label')).toBe(`team:${text.toWellFormed()}`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect(overhang(page)).resolves.toBe(0);
    expect(misdeeds).toEqual([]);
  });

  test('shows a thousand checks at once, and one of them', async () => {
    const checks = Array.from({ length: 1000 }, (_, index) =>
      makeCheck(`check ${index}`, takes(0), { labels: { team: `t${index % 7}` } }),
    );
    const { address, stop } = await serveApplication(makeConfig(checks));
    onTestFinished(() => stop(0));
    const url = `http://127.0.0.1:${address.port}`;
    await (await fetch(`${url}/metrics`)).text();
    const { page, misdeeds } = await openPage(browser, url, { viewport: PHONE });

    await page.goto(url);

    await expect(page.locator('.checks tbody tr').count()).resolves.toBe(1000);
    await expect(overhang(page)).resolves.toBe(0);
    await page.getByLabel('Name contains').fill('k 777');
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect(page.locator('.checks caption').textContent()).resolves.toContain(
      'Showing 1 of 1,000 checks.',
    );
    expect(misdeeds).toEqual([]);
  });
});
