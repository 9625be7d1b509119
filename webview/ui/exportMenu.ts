/** Saves a view: as PNG, SVG, CSV or JSON. */
import { css, html, LitElement } from 'lit';
import type { Store } from '../store';
import { type Exportable, type Format, fileOf } from './exports';
import { base } from './styles';

const FORMATS: readonly Format[] = ['png', 'svg', 'csv', 'json'];

export class ExportMenu extends LitElement {
  static override styles = [
    base,
    css`
      div {
        display: flex;
        gap: 0.6em;
        align-items: baseline;
      }
    `,
  ];
  static override properties = { store: { attribute: false }, what: { attribute: false } };
  declare store: Store;
  declare what: Exportable | undefined;

  override render() {
    const { what } = this;
    if (!what) return html``;
    return html`<div role="group" aria-label="Save">
      <span class="quiet">Save:</span>
      ${FORMATS.map(
        (format) => html`<button
          class="plain"
          aria-label="Save as ${format.toUpperCase()}"
          @click=${() => this.save(what, format)}
        >${format.toUpperCase()}</button>`,
      )}
    </div>`;
  }
  private async save(what: Exportable, format: Format): Promise<void> {
    const file = await fileOf(what, format);
    this.store.send({ kind: 'save', ...file });
  }
}
customElements.define('kmem-export-menu', ExportMenu);
