import { DESKTOP, PHONE, type View, type WatchedPage } from '../support/browser.ts';

/** The pictures of the status page in `docs/images/`, and how somebody looks at it there. */
export const PICTURES: Readonly<Record<string, View>> = {
  'status-page.png': { viewport: { ...DESKTOP, height: 880 } },
  'status-page-dark.png': { viewport: { ...DESKTOP, height: 880 }, colorScheme: 'dark' },
  'status-page-phone.png': { viewport: { ...PHONE, height: 1100 } },
};

/** Takes a picture of what fits in the window, as PNG. */
export async function takePicture(
  { page, look }: WatchedPage,
  url: string,
  view: View,
): Promise<Buffer> {
  await look(view);
  await page.goto(url);
  return page.screenshot();
}
