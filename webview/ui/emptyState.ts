/** What a view shows where there is nothing to show: what is missing, and what to do. */
import { css, html, LitElement } from 'lit';
import { base } from './styles';

export class EmptyState extends LitElement {
  static override styles = [
    base,
    css`
      p {
        margin: 1.5em 0;
        max-width: 40em;
      }
    `,
  ];
  static override properties = { text: {} };
  declare text: string;

  constructor() {
    super();
    this.text = '';
  }
  override render() {
    return html`<p role="status">${this.text}</p>`;
  }
}
customElements.define('kmem-empty', EmptyState);
