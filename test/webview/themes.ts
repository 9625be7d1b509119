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
