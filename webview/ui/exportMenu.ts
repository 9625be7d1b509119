/** Saves a view: as PNG, SVG, CSV or JSON. */
import { css, html, type TemplateResult } from 'lit';
import type { Format } from './exports';

const FORMATS: readonly Format[] = ['png', 'svg', 'csv', 'json'];

/** What shows it adopts this. */
export const exportStyle = css`
  .exports {
    display: flex;
    gap: 0.6em;
    align-items: baseline;
  }
`;
export const exportMenu = (save: (format: Format) => void): TemplateResult =>
  html`<div class="exports" role="group" aria-label="Save">
    <span class="quiet">Save:</span>
    ${FORMATS.map((format) => {
      const name = format.toUpperCase();
      return html`<button class="plain" aria-label="Save as ${name}" @click=${() => save(format)}>${name}</button>`;
    })}
  </div>`;
