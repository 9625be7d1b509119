/** Why a view matters, with the way to read more: the heading of docs/kernel.md. */
import { css, html, type TemplateResult } from 'lit';

/** What shows it adopts this. */
export const whyStyle = css`
  .why {
    margin: 0.2em 0 0.6em;
  }
`;
/** @param read asks for the page about the kernel */
export const whyLine = (text: string, read: () => void): TemplateResult =>
  html`<p class="why quiet">${text} <button class="plain" @click=${read}>What the kernel does</button></p>`;
