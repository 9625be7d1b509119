/** The question of "what would alloc_pages take": order, mask and CPU. */
import { css, html, LitElement } from 'lit';
import type { Store } from '../../store';
import { base } from '../../ui/styles';
import type { TextField } from '../../ui/toolkit';
import { TAKE_VIEW } from './takeView';

const ORDERS = Array.from({ length: 12 }, (_, order) => order);

export class TakeForm extends LitElement {
  static override styles = [
    base,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 0.8em;
        align-items: end;
        margin: 0.4em 0;
      }
      .field {
        display: flex;
        flex-direction: column;
        gap: 0.2em;
      }
      select {
        font: inherit;
        color: var(--vscode-dropdown-foreground);
        background: var(--vscode-dropdown-background);
        border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
        padding: 0.25em;
      }
    `,
  ];
  static override properties = { store: { attribute: false }, cpus: { type: Number } };
  declare store: Store;
  /** CPUs of the machine */
  declare cpus: number;

  constructor() {
    super();
    this.cpus = 1;
  }
  override render() {
    const cpus = Array.from({ length: this.cpus }, (_, cpu) => cpu);
    return html`<form @submit=${this.ask} @keydown=${this.key} aria-label="What would alloc_pages take">
      <div class="field">
        <label for="order">Order</label>
        <select id="order">
          ${ORDERS.map((order) => html`<option value=${order}>${order}</option>`)}
        </select>
      </div>
      <vscode-text-field id="gfp" size="36" value="GFP_KERNEL">Mask, as C</vscode-text-field>
      <div class="field">
        <label for="cpu">CPU</label>
        <select id="cpu">
          <option value="">the one that runs next</option>
          ${cpus.map((cpu) => html`<option value=${cpu}>${cpu}</option>`)}
        </select>
      </div>
      <vscode-button @click=${this.ask}>Ask</vscode-button>
    </form>`;
  }
  private key(event: KeyboardEvent): void {
    if (event.key === 'Enter' && (event.target as Element).matches('vscode-text-field')) this.ask(event);
  }
  private ask(event: Event): void {
    event.preventDefault();
    const value = (id: string): string => this.renderRoot.querySelector<TextField>(`#${id}`)?.value.trim() ?? '';
    const cpu = value('cpu');
    this.store.setWindow(TAKE_VIEW, {
      order: Number(value('order')),
      gfp: value('gfp') || 'GFP_KERNEL',
      ...(cpu === '' ? {} : { cpu: Number(cpu) }),
    });
  }
}
customElements.define('kmem-take-form', TakeForm);
