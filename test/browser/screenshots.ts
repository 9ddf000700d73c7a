import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPage, startBrowser } from '../support/browser.ts';
import { startShop } from '../support/shop.ts';
import { PICTURES, takePicture } from './pictures.ts';

// `npm run screenshots`: takes the pictures of the documents anew. They differ a little each time, as real latencies do.

const DIRECTORY = fileURLToPath(new URL('../../docs/images/', import.meta.url));

await using shop = await startShop({ units: true });
await shop.liveThrough(30);
await shop.website.stop();
await shop.liveThrough(4);
await shop.website.start();
await shop.liveThrough(30);

const { url } = shop.exporter;
await using browser = await startBrowser();
await using watched = await openPage(browser, () => url);
await mkdir(DIRECTORY, { recursive: true });
for (const [name, view] of Object.entries(PICTURES)) {
  await writeFile(join(DIRECTORY, name), await takePicture(watched, url, view));
}
