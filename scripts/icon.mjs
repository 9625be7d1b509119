// Draws extension/media/icon.png (128 x 128, as the Marketplace and vsce ask for) from icon.svg, in Chromium. Run after changing the SVG.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const media = join(dirname(dirname(fileURLToPath(import.meta.url))), 'extension', 'media');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
const svg = await readFile(join(media, 'icon.svg'), 'utf8');
await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
await page.screenshot({ path: join(media, 'icon.png'), omitBackground: true });
await browser.close();
