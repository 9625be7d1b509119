/** The invariants of the memory inspector's page: what it imports, that it makes no HTML of data, and that its types fit with the DOM's. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { importsOf, treeOf } from '../scripts/syntaxTree';

const root = resolve(__dirname, '..');
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : /(?<!\.d)\.ts$/.test(entry.name) ? [path] : [];
  });
}
const files = sources('webview').map((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return { file, text, imports: importsOf(treeOf(text)) };
});
const wrong = (test: (imported: string, file: string) => boolean): string[] =>
  files.flatMap(({ file, imports }) => imports.filter((name) => !test(name, file)).map((name) => `${file} → ${name}`));

describe('architecture of the webview', () => {
  it('imports the protocol and its shapes of the server, and nothing else of kmem', () =>
    assert.deepEqual(
      wrong((name, file) => {
        if (!name.startsWith('.')) return true;
        const path = relative(root, resolve(root, dirname(file), name));
        return /^(webview\/|server\/dap\/inspector(Protocol|Views|ViewNames)$|server\/debugger\/inspector\/shapes\/\w+$)/.test(
          path,
        );
      }),
      [],
    ));
  it('imports the toolkit in one file', () => {
    const importing = files.filter(({ imports }) =>
      imports.some((name) => name.startsWith('@vscode/webview-ui-toolkit')),
    );
    assert.deepEqual(
      importing.map(({ file }) => file),
      ['webview/ui/toolkit.ts'],
    );
  });
  it('uses the libraries that were chosen', () => {
    const known = ['lit', 'uplot', 'uplot/dist/uPlot.min.css', 'valibot', '@vscode/webview-ui-toolkit'];
    assert.deepEqual(
      wrong((name) => name.startsWith('.') || known.includes(name)),
      [],
    );
  });
  it('a component does not import those of another view', () =>
    assert.deepEqual(
      wrong((name, file) => {
        const own = /^webview\/views\/(\w+)\//.exec(file)?.[1];
        const other = /^webview\/views\/(\w+)\//.exec(relative(root, resolve(root, dirname(file), name)))?.[1];
        return own === undefined || other === undefined || own === other;
      }),
      [],
    ));
  it('makes no HTML of text, and no style of text', () => {
    const forbidden =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|unsafeHTML|unsafeSVG|unsafeStatic|styleMap|\sstyle=["$]|\beval\(|new Function/;
    assert.deepEqual(
      files.filter(({ text }) => forbidden.test(text)).map(({ file }) => file),
      [],
    );
  });
  it('has no colour of its own', () => {
    const colour = /#[0-9a-f]{3,8}\b(?!-)|\brgba?\(|\bhsla?\(/i;
    const found = files.flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, i) =>
          colour.test(line.replace(/&#\d+;|'#[\w-]+'|`#\w[^`]*`/g, '')) ? [`${file}:${i + 1}`] : [],
        ),
    );
    assert.deepEqual(found, []);
  });
  it('its types fit', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    try {
      execFileSync(process.execPath, [tsc, '--noEmit', '-p', join(root, 'webview')], { stdio: 'pipe' });
    } catch (error) {
      assert.fail(String((error as { stdout?: Buffer }).stdout ?? error));
    }
  });
});
