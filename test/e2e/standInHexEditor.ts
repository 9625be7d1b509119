// A stand-in for the Hex Editor, the extension with which VS Code shows memory: it is in no registry that these tests reach. It has the name
// and the kind of editor that VS Code asks for, and shows the first bytes of what it is opened on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';

const MANIFEST = {
  name: 'hexeditor',
  publisher: 'ms-vscode',
  version: '99.0.0',
  description: 'stand-in',
  license: 'MIT',
  engines: { vscode: '^1.91.0' },
  main: './main.js',
  files: ['main.js', 'LICENSE'],
  activationEvents: [],
  contributes: {
    customEditors: [
      { viewType: 'hexEditor.hexedit', displayName: 'Hex', selector: [{ filenamePattern: '*' }], priority: 'option' },
    ],
  },
};
const MAIN = `
const vscode = require('vscode');
exports.activate = () => vscode.window.registerCustomEditorProvider('hexEditor.hexedit', {
  openCustomDocument: (uri) => ({ uri, dispose() {} }),
  async resolveCustomEditor({ uri }, panel) {
    // a range of a debug session's memory, as the workbench's file system for it takes it
    const bytes = await vscode.workspace.fs.readFile(uri.with({ query: '?range=0:16' }));
    panel.webview.html = '<p id="bytes">' + [...bytes.slice(0, 16)].map((b) => b.toString(16).padStart(2, '0')).join(' ') + '</p>';
  },
});
`;

/** Packs it. Returns the path of the .vsix. */
export async function standInHexEditor(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(MANIFEST));
  writeFileSync(join(folder, 'main.js'), MAIN);
  writeFileSync(join(folder, 'README.md'), 'A stand-in for tests.');
  writeFileSync(join(folder, 'LICENSE'), 'MIT');
  const packagePath = join(folder, 'hexeditor.vsix');
  await createVSIX({ cwd: folder, packagePath, dependencies: false, allowMissingRepository: true });
  return packagePath;
}
