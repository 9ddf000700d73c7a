import type { Browser, BrowserContextOptions } from 'playwright-core';
import { DESKTOP, PHONE } from '../support/browser.ts';

/** The pictures of the status page in `docs/images/`, and who looks at it there. */
export const PICTURES: Readonly<Record<string, BrowserContextOptions>> = {
  'status-page.png': { viewport: { ...DESKTOP, height: 880 } },
  'status-page-dark.png': { viewport: { ...DESKTOP, height: 880 }, colorScheme: 'dark' },
  'status-page-phone.png': { viewport: { ...PHONE, height: 1100 } },
};

/** Takes a picture of what fits in the window, as PNG. */
export async function takePicture(
  browser: Browser,
  url: string,
  options: BrowserContextOptions | undefined,
): Promise<Buffer> {
  const context = await browser.newContext(options ?? {});
  try {
    const page = await context.newPage();
    await page.goto(url);
    return await page.screenshot();
  } finally {
    await context.close();
  }
}
