/** The "why does this matter" lines of the inspector's views lead to headings that exist. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const views = join(root, 'webview/views');
const source = (folder: string): string =>
  readdirSync(join(views, folder))
    .map((file) => readFileSync(join(views, folder, file), 'utf8'))
    .join('\n');
/** Headings as a preview of Markdown names them. */
const anchors = readFileSync(join(root, 'docs/kernel.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('#'))
  .map((line) =>
    line
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );

describe("extension: the inspector's pages of documentation", () => {
  for (const folder of readdirSync(views))
    it(folder, () => {
      const text = source(folder);
      const named = [...text.matchAll(/anchor: '([^']*)'/g)].map((match) => match[1] as string);
      assert.ok(named.length > 0, 'it leads somewhere');
      for (const anchor of named) assert.ok(anchors.includes(anchor), `docs/kernel.md has no heading #${anchor}`);
      assert.match(text, /\bwhy:/);
      assert.match(text, /protected override legend\(\)/, 'it has a legend');
    });
});
