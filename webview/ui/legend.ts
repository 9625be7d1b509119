/** A legend: what each colour stands for. A swatch has a letter too, because not everybody tells colours apart. */
import { css, html, LitElement } from 'lit';
import { base } from './styles';

export interface LegendEntry {
  readonly label: string;
  /** colour of the theme, without `--vscode-` */
  readonly colour: string;
  /** shown on the swatch: a letter or two, as in the picture */
  readonly sign?: string;
}

export class Legend extends LitElement {
  static override styles = [
    base,
    css`
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0.2em 1em;
        list-style: none;
        margin: 0.3em 0;
        padding: 0;
      }
      li {
        display: flex;
        align-items: center;
        gap: 0.4em;
      }
      .swatch {
        display: inline-block;
        width: 1.1em;
        height: 1.1em;
        border: 1px solid var(--vscode-contrastBorder, var(--vscode-foreground));
        background: var(--swatch);
      }
      .sign {
        font-family: var(--vscode-editor-font-family);
      }
    `,
  ];
  static override properties = { entries: { attribute: false } };
  declare entries: readonly LegendEntry[];

  constructor() {
    super();
    this.entries = [];
  }
  override render() {
    return html`<ul aria-label="Legend">
      ${this.entries.map(
        ({ label, sign }) => html`<li>
          <span class="swatch" aria-hidden="true"></span>
          ${sign ? html`<span class="sign" aria-hidden="true">${sign}</span>` : ''}<span>${label}</span>
        </li>`,
      )}
    </ul>`;
  }
  override updated(): void {
    this.renderRoot.querySelectorAll<HTMLElement>('.swatch').forEach((swatch, i) => {
      swatch.style.setProperty('--swatch', `var(--vscode-${this.entries[i]?.colour ?? 'foreground'})`);
    });
  }
}
customElements.define('kmem-legend', Legend);
