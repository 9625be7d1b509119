/** Third-party notices: which npm packages the bundles contain, and their licences. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression */
  readonly license: string;
  /** the licence file's text */
  readonly text: string;
}
const META_FILES = ['kmem.meta.json', 'extension.meta.json', 'inspector.meta.json'];

/** The packages whose files went into the bundles in dist/, by name. @throws Error for one without a licence text */
export function bundledPackages(root: string): BundledPackage[] {
  const folders = new Set<string>();
  for (const file of META_FILES) {
    const { inputs }: { inputs: object } = JSON.parse(readFileSync(join(root, 'dist', file), 'utf8'));
    for (const input of Object.keys(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
      if (folder) folders.add(folder);
    }
  }
  return [...folders].sort().map((folder) => {
    const path = join(root, folder);
    const { name, version, license, author } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    const file = readdirSync(path).find((f) => /^licen[cs]e(\.(md|txt))?$/i.test(f));
    if (file !== undefined) return { name, version, license, text: readFileSync(join(path, file), 'utf8').trim() };
    // some packages name the licence and do not bring its text
    const owner = typeof author === 'string' ? author : author?.name;
    if (license !== 'MIT' || !owner) throw new Error(`${folder} has no licence file`);
    return { name, version, license, text: mitText(owner) };
  });
}

/** The MIT licence, which asks for its text beside the copyright notice. */
const mitText = (owner: string): string => `Copyright (c) ${owner}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** ThirdPartyNotices.txt */
export function noticesOf(root: string): string {
  const packages = bundledPackages(root);
  const list = packages.map((p) => `  ${p.name} ${p.version} (${p.license})`);
  const texts = packages.map((p) => `${'='.repeat(80)}\n${p.name} ${p.version} (${p.license})\n\n${p.text}\n`);
  return `kmem contains parts of the following packages.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}
