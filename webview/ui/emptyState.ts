/** What a view shows where there is nothing to show: what is missing, and what to do. */
import { css, html, type TemplateResult } from 'lit';

/** What shows it adopts this. */
export const emptyStyle = css`
  .empty {
    margin: 1.5em 0;
    max-width: 40em;
  }
`;
export const emptyState = (text: string): TemplateResult => html`<p class="empty" role="status">${text}</p>`;
