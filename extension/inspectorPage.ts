// The page that the memory inspector's webview loads: nothing but the bundle, under a policy that allows nothing else.

/** Where the page's parts are, as the page names them. */
interface PageParts {
  readonly script: string;
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
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${nonce}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

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
<link rel="stylesheet" href="${parts.style}">
</head>
<body>
<script nonce="${parts.nonce}" src="${parts.script}"></script>
</body>
</html>
`;
}
