/**
 * The invariants of ARCHITECTURE.md that are about the source itself: who imports whom, what the core must not touch, how long files are.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(__dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}
const imports = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
    ),
  ].map((m) => (m[1] ?? m[2] ?? m[3]) as string);

/** Rooms of server/ and the rooms each may import from. */
const allowed: Record<string, readonly string[]> = {
  memory: [],
  kernel: ['memory'],
  language: ['memory'],
  vm: ['kernel', 'language', 'memory'],
  debugger: ['vm', 'kernel', 'language', 'memory'],
  dap: ['debugger'],
  lsp: ['language'],
  cli: ['dap', 'lsp', 'debugger', 'language', 'vm', 'kernel', 'memory'],
};
/** What the language may take from memory/: types and layouts, nothing that holds bytes. */
const languageFromMemory = ['ctype', 'layout', 'address'];
const core = ['memory', 'kernel', 'language', 'vm', 'debugger'];
/** Files over 500 lines: each says why in its header. */
const LONG = 500;

const room = (file: string): string => relative('server', file).split('/')[0] as string;
const all = sources('server');

describe('architecture', () => {
  it('rooms import downward only', () => {
    const wrong: string[] = [];
    for (const file of all) {
      for (const target of imports(file)) {
        if (!target.startsWith('.')) continue;
        const to = relative(root, resolve(root, dirname(file), target));
        if (!to.startsWith('server/')) {
          if (to !== 'package.json') wrong.push(`${file} → ${to}`);
          continue;
        }
        const [from, into] = [room(file), room(to)];
        if (from !== into && !allowed[from]?.includes(into)) wrong.push(`${file} → ${to}`);
        if (
          from === 'language' &&
          into === 'memory' &&
          !languageFromMemory.some((name) => to === `server/memory/${name}`)
        )
          wrong.push(`${file} → ${to}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('the core knows neither vscode nor Node', () => {
    const wrong = all
      .filter((file) => core.includes(room(file)))
      .flatMap((file) =>
        imports(file)
          .filter((target) => !target.startsWith('.'))
          .map((target) => `${file} → ${target}`),
      );
    assert.deepEqual(wrong, []);
  });

  it('the core has no clock and no dice', () => {
    const wrong = all
      .filter((file) => core.includes(room(file)))
      .filter((file) =>
        /\bMath\.random\b|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bprocess\.|\bsetTimeout\(\s*(?:\(|async|function)/.test(
          readFileSync(join(root, file), 'utf8'),
        ),
      );
    assert.deepEqual(wrong, []);
  });

  it('only the extension imports vscode, and nothing imports the extension', () => {
    const others = ['server', 'bench', 'scripts', 'webview'].flatMap((folder) => sources(folder));
    const bad = (file: string, target: string) =>
      target === 'vscode' || (/\/extension\//.test(target) && !file.startsWith('scripts/'));
    const wrong = others.flatMap((file) =>
      imports(file)
        .filter((target) => bad(file, target))
        .map((target) => `${file} → ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('memory is written through its primitives only', () => {
    // whoever assigns to an element of `words` outside memory/ goes past the journal; boot's backgrounds get a view of one frame, called `frame`
    const wrong = all
      .filter((file) => room(file) !== 'memory')
      .filter((file) =>
        /\b(?:mem|memory)\.words\s*\[[^\]]*\]\s*[-+|&^]?=(?!=)|\b(?:mem|memory)\.words\.(?:fill|set|copyWithin)\(/.test(
          readFileSync(join(root, file), 'utf8'),
        ),
      );
    assert.deepEqual(wrong, []);
  });

  it('files stay small', () => {
    const long = [...all, ...sources('extension'), ...sources('webview')]
      .filter((file) => statSync(join(root, file)).isFile())
      .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
      .filter(({ text }) => text.split('\n').length > LONG + 1 && !/\bLong because\b/.test(text.slice(0, 1500)))
      .map(({ file, text }) => `${file}: ${text.split('\n').length} lines`);
    assert.deepEqual(long, []);
  });
});
