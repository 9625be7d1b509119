/** A legend: what each colour stands for. A swatch has a letter too, because not everybody tells colours apart. */
import { css, html, type TemplateResult } from 'lit';

export interface LegendEntry {
  readonly label: string;
  /** colour of the theme, without `--vscode-` */
  readonly colour: string;
  /** shown on the swatch: a letter or two, as in the picture */
  readonly sign?: string;
}
/** What shows it adopts this. */
export const legendStyle = css`
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 0.2em 1em;
    list-style: none;
    margin: 0.3em 0;
    padding: 0;
  }
  .legend > li {
    display: flex;
    align-items: center;
    gap: 0.4em;
    margin: 0;
  }
  .swatch {
    display: inline-block;
    width: 1.1em;
    height: 1.1em;
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-foreground));
    background: var(--swatch);
  }
`;
export const legendOf = (entries: readonly LegendEntry[]): TemplateResult =>
  html`<ul class="legend" aria-label="Legend">
    ${entries.map(
      ({ label, sign = '' }) =>
        html`<li><span class="swatch" aria-hidden="true"></span><span aria-hidden="true" ?hidden=${sign === ''}>${sign}</span><span>${label}</span></li>`,
    )}
  </ul>`;
/** Gives the swatches of the legend below `root` their colours: the page allows no style in its text. */
export function colourSwatches(root: ParentNode, entries: readonly LegendEntry[]): void {
  root.querySelectorAll<HTMLElement>('.swatch').forEach((swatch, i) => {
    swatch.style.setProperty('--swatch', `var(--vscode-${entries[i]?.colour ?? 'foreground'})`);
  });
}
