/** The themes that the component tests use: the colours that VS Code gives to a page are recorded from the workbench (test/e2e/inspector.test.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By the name of its recording, the label in VS Code. */
export const THEMES = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'high-contrast-dark': 'Dark High Contrast',
  'high-contrast-light': 'Light High Contrast',
} as const;
export type ThemeName = keyof typeof THEMES;

interface Theme {
  /** of the body */
  readonly class: string;
  /** custom properties of the root element: `--vscode-foreground: #cccccc` */
  readonly style: readonly string[];
}
export const themeNamed = (name: ThemeName): Theme =>
  JSON.parse(readFileSync(join(__dirname, 'themes', `${name}.json`), 'utf8'));
/** Gives a page the theme before any script of its own runs, as the editor does. Runs in the page before anything else. */
export function themeScript(name: ThemeName): string {
  const { class: kind, style } = themeNamed(name);
  const colours = style.map((row) => [row.slice(0, row.indexOf(':')), row.slice(row.indexOf(':') + 1).trim()]);
  return `
new MutationObserver((_, observer) => {
  if (!document.body) return;
  observer.disconnect();
  document.body.className = ${JSON.stringify(kind)};
  for (const [name, value] of ${JSON.stringify(colours)}) document.documentElement.style.setProperty(name, value);
}).observe(document, { childList: true, subtree: true });`;
}
