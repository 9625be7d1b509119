// The page that the memory inspector's webview loads: nothing but the parts that were bundled, under a policy that allows nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { OPENING, type ToWebview } from '../server/dap/inspectorProtocol';

/** The page's parts: an address, as the page names it, and a text. */
interface PageParts {
  readonly script: string;
  /** the text of the style sheet */
  readonly style: string;
  /** what the webview may load from */
  readonly source: string;
  /** unguessable, and new for each page */
  readonly nonce: string;
}

/** No inline script, and no style but the page's own and an empty one with which the toolkit tries what the browser can; pictures are those that the page makes itself, to be saved. */
export const contentPolicy = ({ source, nonce }: Pick<PageParts, 'source' | 'nonce'>): string =>
  [
    "default-src 'none'",
    `script-src ${source} 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const PARTS = v.object({ script: v.string(), style: v.string() });
/** The bundled parts; `addressOf` turns a path below dist/ into an address of the page. */
export function pageParts(dist: string, addressOf: (path: string) => string): Omit<PageParts, 'source' | 'nonce'> {
  const read = (name: string): string => readFileSync(join(dist, 'inspector', name), 'utf8');
  const { script, style } = v.parse(PARTS, JSON.parse(read('parts.json')));
  return { script: addressOf(`inspector/${script}`), style: read(style) };
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
<link rel="modulepreload" href="${parts.script}">
<style nonce="${parts.nonce}">${parts.style}</style>
</head>
<body>
<script type="application/json" id="${OPENING}">${jsonInHtml(messages)}</script>
<script type="module" nonce="${parts.nonce}" src="${parts.script}"></script>
</body>
</html>
`;
}
