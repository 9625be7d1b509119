/** What goes into the vsix: the page that VS Code shows, the notices, the files. `npm test` has built the bundles. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages, noticesOf } from '../../scripts/notices';
import { packagedReadme } from '../../scripts/packagedReadme';

const root = join(__dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const packed = readFileSync(join(root, '.vscodeignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

describe('package', () => {
  it('the page in the vsix has its pictures in it', () => {
    const pictures = [...packagedReadme(root, readme).matchAll(/!\[[^\]]*\]\(([^)]*)\)/g)].map((m) => m[1] ?? '');
    assert.ok(pictures.length > 0);
    for (const picture of pictures) {
      assert.match(picture, /^data:image\/png;base64,/);
      const bytes = Buffer.from(picture.slice(picture.indexOf(',') + 1), 'base64');
      assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
    }
  });
  it('a picture that does not exist is an error', () =>
    assert.throws(() => packagedReadme(root, '![x](docs/images/none.png)'), /ENOENT/));
  it('vsce can make the other links absolute, with the repository of package.json', () => {
    assert.match(manifest.repository.url, /^https:\/\/github\.com\/\w+\/\w+\.git$/);
    const links = [...readme.matchAll(/[^!]\[[^\]]*\]\(([^)#:]+)[^)]*\)/g)].map((m) => m[1] ?? '');
    assert.ok(links.length > 5);
    for (const link of links) assert.ok(existsSync(join(root, link)), link);
  });
  it('the notices name every bundled package, with its licence', () => {
    const packages = bundledPackages(root);
    const names = packages.map((p) => p.name);
    for (const expected of ['vscode-languageserver', 'vscode-languageclient', '@vscode/debugadapter'])
      assert.ok(names.includes(expected), `${expected}: ${names}`);
    const notices = noticesOf(root);
    for (const { name, version, license, text } of packages) {
      assert.match(license, /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0)$/, name);
      assert.ok(notices.includes(`${name} ${version} (${license})`));
      assert.ok(text.length > 200 && notices.includes(text), name);
    }
  });
  it('ships what it names: bundles, examples, pages', () => {
    for (const file of ['package.json', 'LICENSE', 'dist/README.md', 'dist/ThirdPartyNotices.txt', 'examples/*.kmem'])
      assert.ok(packed.includes(file), file);
    assert.ok(packed.includes(manifest.main.slice(2)) && packed.includes(manifest.bin.kmem));
    assert.ok(readdirSync(join(root, 'examples')).some((f) => f.endsWith('.kmem')));
  });
});
