/** The colours that the inspector takes from the theme: every theme has them, and what is to be told apart differs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { APART, ownerLook } from '../../webview/ui/ownerColours';
import { THEMES, type ThemeName, themeNamed } from './themes';

type Triple = readonly [number, number, number];
/** Least distance of two colours (CIE 1976) that are to be told apart as small areas that do not touch. */
const APART_BY = 26;

const colours = (theme: ThemeName): Map<string, string> =>
  new Map(
    themeNamed(theme).style.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).replace('--vscode-', '').trim(), line.slice(at + 1).trim()];
    }),
  );

/** CIE L*a*b* of an opaque #rrggbb. */
function lab(colour: string): Triple {
  assert.match(colour, /^#[0-9a-f]{6}$/i, 'a colour that covers what is below it');
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** Colours of the theme that the page names without another for themes that lack them. */
function named(): Set<string> {
  const names = new Set<string>();
  const folder = join(__dirname, '..', '..', 'webview');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|css)$/.test(file)) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/var\(--vscode-([\w-]+)\)/g)) names.add(name);
    for (const [, name = ''] of text.matchAll(/'((?:charts|terminal|symbolIcon)-\w+)'/g)) names.add(name);
  }
  return names;
}

describe('colours of the inspector', () => {
  for (const theme of Object.keys(THEMES) as ThemeName[]) {
    const has = colours(theme);
    it(`${THEMES[theme]} has each colour that is named`, () =>
      assert.deepEqual(
        [...named()].filter((name) => !has.has(name)),
        [],
      ));
    it(`${THEMES[theme]}: owners of frames are told apart by their colours`, () => {
      const used = (['pcp', 'slab', 'page table', 'kernel stack', 'vmalloc', 'per-CPU', 'allocated'] as const).map(
        (kind) => ownerLook(kind).colour,
      );
      const names = [...new Set([...used, ...Object.values(APART)])];
      assert.equal(new Set(used).size, 7);
      const near = names.flatMap((a, i) =>
        names
          .slice(i + 1)
          .filter((b) => distance(lab(has.get(a) ?? ''), lab(has.get(b) ?? '')) < APART_BY)
          .map((b) => `${a} and ${b}`),
      );
      assert.deepEqual(near, []);
    });
  }
});
