/** Styles that components share. Colours are the theme's. */
import { css } from 'lit';

/** Text, and focus that can be seen in every theme. */
export const base = css`
  :host {
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size);
  }
  :host([hidden]) {
    display: none;
  }
  :focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  h2,
  h3 {
    font-size: 1em;
    margin: 0.6em 0 0.3em;
  }
  button.plain {
    background: none;
    border: none;
    padding: 0;
    font: inherit;
    text-align: start;
    cursor: pointer;
    color: var(--vscode-textLink-foreground);
    text-decoration: underline;
  }
  code {
    font-family: var(--vscode-editor-font-family);
    color: var(--vscode-foreground);
  }
  vscode-button {
    /* in a row with others it keeps its words on a line */
    flex: none;
    white-space: nowrap;
  }
  /* until the toolkit is there: the room that its elements take, so that nothing moves when they come */
  vscode-button:not(:defined),
  vscode-text-field:not(:defined) {
    box-sizing: border-box;
    visibility: hidden;
  }
  vscode-button:not(:defined) {
    border: 1px solid transparent;
    /* of a button in Chromium */
    font-size: 13.333px;
    padding: 4px 11px;
    /* as in the toolkit's, where room is short */
    white-space: normal;
  }
  vscode-text-field:not(:defined) {
    display: block;
    inline-size: 22em;
    padding-block-end: 28px;
  }
  .quiet {
    color: var(--vscode-descriptionForeground);
  }
`;
/** Read by a screen reader, not seen. */
export const hidden = css`
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
