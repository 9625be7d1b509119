// The page that the memory inspector's webview loads: nothing but the parts that were bundled, under a policy that allows nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

/** Where the page's parts are, as the page names them. */
interface PageParts {
  readonly script: string;
  /** what the script imports: asked for together with it */
  readonly preloads: readonly string[];
  readonly style: string;
  /** what the webview may load from */
  readonly source: string;
  /** unguessable, and new for each page */
  readonly nonce: string;
}

/** No inline script, and no inline style but an empty one with which the toolkit tries what the browser can; pictures are those that the page makes itself, to be saved. */
export const contentPolicy = ({ source, nonce }: Pick<PageParts, 'source' | 'nonce'>): string =>
  [
    "default-src 'none'",
    `script-src ${source} 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${nonce}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const PARTS = v.object({ script: v.string(), style: v.string(), preloads: v.array(v.string()) });
/** Where the bundled parts are; `addressOf` turns a path below dist/ into an address of the page. */
export function pageParts(dist: string, addressOf: (path: string) => string): Omit<PageParts, 'source' | 'nonce'> {
  const parts = v.parse(PARTS, JSON.parse(readFileSync(join(dist, 'inspector/parts.json'), 'utf8')));
  const of = (name: string): string => addressOf(`inspector/${name}`);
  return { script: of(parts.script), style: of(parts.style), preloads: parts.preloads.map(of) };
}
/** HTML; what is put into it are addresses and a nonce, which have no characters that mean something in it. */
export function inspectorPage(parts: PageParts): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(parts)}">
<meta property="csp-nonce" content="${parts.nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Memory Inspector</title>
${parts.preloads.map((part) => `<link rel="modulepreload" href="${part}">`).join('\n')}
<link rel="stylesheet" href="${parts.style}">
</head>
<body>
<script type="module" nonce="${parts.nonce}" src="${parts.script}"></script>
</body>
</html>
`;
}
