/** The only import of @vscode/webview-ui-toolkit, which is archived upstream: a successor is a change of this file. */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeTextField } from '@vscode/webview-ui-toolkit';

/** Defines the elements `vscode-button` and `vscode-text-field`. */
export function defineToolkit(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField());
  // it takes the theme's colours when the page has loaded, and that may be over
  if (document.readyState === 'complete') window.dispatchEvent(new Event('load'));
}
/** What is read of a text field. */
export interface TextField extends HTMLElement {
  value: string;
}
