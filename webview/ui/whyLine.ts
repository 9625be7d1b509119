/** Why a view matters, with the way to read more: the heading of docs/kernel.md. */
import { css, html, LitElement } from 'lit';
import { base } from './styles';

export class WhyLine extends LitElement {
  static override styles = [
    base,
    css`
      p {
        margin: 0.2em 0 0.6em;
      }
    `,
  ];
  static override properties = { text: {}, anchor: {} };
  declare text: string;
  declare anchor: string;

  constructor() {
    super();
    this.text = '';
    this.anchor = '';
  }
  override render() {
    return html`<p class="quiet">
      ${this.text} <button class="plain" @click=${this.open}>What the kernel does</button>
    </p>`;
  }
  private open(): void {
    this.dispatchEvent(new CustomEvent('open-docs', { detail: this.anchor, bubbles: true, composed: true }));
  }
}
customElements.define('kmem-why', WhyLine);
