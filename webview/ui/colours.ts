/** Theme colours for a canvas, which knows no `var(--…)`. They are read anew when the theme changes. */

/** Of the root element, where VS Code puts the theme: it changes with it, and reading it computes the styles of no other element. */
const rootStyle = getComputedStyle(document.documentElement);
/** The value of a colour of the theme, by its name without `--vscode-`; that of the second name where the theme has no first. */
export function themeColour(name: string, otherwise = 'foreground'): string {
  const value = (of: string): string => rootStyle.getPropertyValue(`--vscode-${of}`).trim();
  return value(name) || value(otherwise);
}
/** Calls `changed` when the user takes another theme. Returns what ends that. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  // VS Code sets the theme's class on the body, and its colours on the root element
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => observer.disconnect();
}
/** Whether one of the high-contrast themes is on: borders and patterns are to tell what colours tell elsewhere. */
export const isHighContrast = (): boolean => /vscode-high-contrast/.test(document.body.className);
/** Whether the user wants no animations. */
export const wantsStillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;
