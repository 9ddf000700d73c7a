import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { realPart } from './real-part.ts';

export const hasChromium = realPart('Chromium', ['chromium']);

const SWITCHES = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A real browser, without a window and with nothing remembered. Whoever starts it closes it. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: SWITCHES });
}

/** A page of its own in a browser, and what it did that no page of ours may do. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Dialogs, errors on the console, violations of the policy, requests to anybody else: each as a sentence. */
  readonly misdeeds: string[];
  /** Looks at it like this from now on; with scripts and in the light where nothing else is said. */
  readonly look: (view: View) => Promise<void>;
}

/** How somebody looks at a page. */
export interface View {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'dark';
  readonly withoutScripts?: true;
}

/**
 * Opens an empty page. It costs half a second of CPU time: whoever can, looks at several things with one.
 *
 * @param origin whom it may talk to, as in `http://127.0.0.1:8080`.
 */
export async function openPage(
  browser: Browser,
  origin: () => string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const misdeeds: string[] = [];
  page.on('dialog', (dialog) => {
    misdeeds.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => misdeeds.push(`error: ${error.message}`));
  // Violations of the policy are told there too.
  page.on('console', (message) => {
    // The browser asks for it beside pages that name no icon: those of plain text.
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (['error', 'warning'].includes(message.type())) misdeeds.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin()}/`) && !url.startsWith('data:'))
      misdeeds.push(`request: ${url}`);
  });
  return {
    page,
    misdeeds,
    look: async ({ viewport, colorScheme, withoutScripts = false }) => {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: colorScheme ?? 'light' });
      await session.send('Emulation.setScriptExecutionDisabled', { value: withoutScripts });
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** What fits on most screens of people who sit at a desk, and on a small phone. */
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };

/** What shuts people out of the page as it is now, each as a sentence with its place; empty where axe finds nothing. */
export async function barriers(page: Page): Promise<string[]> {
  const isLoaded = await page.evaluate<boolean>('"axe" in window');
  if (!isLoaded) await page.evaluate(axe.source);
  const run = 'axe.run(document, {resultTypes: ["violations"]})';
  const { violations } = (await page.evaluate(run)) as AxeResults;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`),
  );
}

/** Does what leads to another page, and waits until that is there. */
export async function follow(page: Page, act: () => Promise<void>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), act()]);
}

/** The roles of what somebody hears who cannot see the page. */
export async function rolesHeard(page: Page): Promise<Set<string>> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return new Set(nodes.filter(({ ignored }) => !ignored).map(({ role }) => String(role?.value)));
}

/** How many pixels of the page stand beside the window. */
export function overhang(page: Page): Promise<number> {
  const text = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  return page.evaluate<number>(text);
}
