/** Third-party notices: which npm packages the bundles contain, and their licences. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression */
  readonly license: string;
  /** the licence file's text */
  readonly text: string;
}
const META_FILES = ['kmem.meta.json', 'extension.meta.json'];

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
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    const file = readdirSync(path).find((f) => /^licen[cs]e(\.(md|txt))?$/i.test(f));
    if (file === undefined || !existsSync(join(path, file))) throw new Error(`${folder} has no licence file`);
    return { name, version, license, text: readFileSync(join(path, file), 'utf8').trim() };
  });
}

/** ThirdPartyNotices.txt */
export function noticesOf(root: string): string {
  const packages = bundledPackages(root);
  const list = packages.map((p) => `  ${p.name} ${p.version} (${p.license})`);
  const texts = packages.map((p) => `${'='.repeat(80)}\n${p.name} ${p.version} (${p.license})\n\n${p.text}\n`);
  return `kmem contains parts of the following packages.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}
