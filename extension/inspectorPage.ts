// The page that the memory inspector's webview loads: nothing but the parts that were bundled, under a policy that allows nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPENING, type ToWebview } from '../server/dap/inspectorProtocol';

/** What the page is made of. */
interface PageParts {
  /** the text of the script */
  readonly script: string;
  /** the text of the style sheet */
  readonly style: string;
  /** address of the folder of the parts that the script loads when they are needed */
  readonly folder: string;
  /** what the webview may load from */
  readonly source: string;
  /** unguessable, and new for each page */
  readonly nonce: string;
}

/** No script but the page's own and its parts; no style but its own, and an empty one with which the toolkit tries what the browser can; pictures are those that the page makes itself, to be saved. */
export const contentPolicy = ({ source, nonce }: Pick<PageParts, 'source' | 'nonce'>): string =>
  [
    "default-src 'none'",
    `script-src ${source} 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** The bundled parts; `addressOf` turns a path below dist/ into an address of the page. */
export function pageParts(dist: string, addressOf: (path: string) => string): Omit<PageParts, 'source' | 'nonce'> {
  const read = (name: string): string => readFileSync(join(dist, 'inspector', name), 'utf8');
  return { script: read('inspector.js'), style: read('inspector.css'), folder: `${addressOf('inspector')}/` };
}
/** JSON as the text of a `script` element that is data: nothing in it ends the element, begins another or a comment. */
const jsonInHtml = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
/**
 * HTML. The addresses and the nonce that are put into it have no characters that mean something in it.
 * @param messages what the page is told first: the element OPENING, which webview/host.ts reads
 */
export function inspectorPage(parts: PageParts, messages: readonly ToWebview[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(parts)}">
<meta property="csp-nonce" content="${parts.nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Memory Inspector</title>
<script type="importmap" nonce="${parts.nonce}">${jsonInHtml({ imports: { 'kmem/': parts.folder } })}</script>
<style nonce="${parts.nonce}">${parts.style}</style>
</head>
<body>
<script type="application/json" id="${OPENING}">${jsonInHtml(messages)}</script>
<script nonce="${parts.nonce}">${parts.script}</script>
</body>
</html>
`;
}
