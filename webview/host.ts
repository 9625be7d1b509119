/** The page's line to the extension: both directions are checked with the schemas of the protocol. */
import { checked, type FromWebview, OPENING, TO_WEBVIEW, type ToWebview } from '../server/dap/inspectorProtocol';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

export interface Host {
  send(message: FromWebview): void;
  /**
   * Calls `receive` for each message that is as the protocol says: at once for those that came with the page's text. Others are dropped,
   * and told on the console.
   */
  listen(receive: (message: ToWebview) => void): void;
  /** What the page has kept over a reload; not checked. */
  readonly kept: unknown;
  keep(state: unknown): void;
}

export function connect(): Host {
  const api = acquireVsCodeApi();
  return {
    kept: api.getState(),
    send: (message) => api.postMessage(message),
    keep: (state) => api.setState(state),
    listen(receive) {
      const take = (data: unknown): void => {
        const message = checked(TO_WEBVIEW, data);
        if ('value' in message) receive(message.value);
        else console.warn(`the inspector dropped a message: ${message.problem}`);
      };
      for (const message of opening()) take(message);
      window.addEventListener('message', ({ data }) => take(data));
    },
  };
}
/** The messages that came with the page's text. */
function opening(): unknown[] {
  const given: unknown = JSON.parse(document.getElementById(OPENING)?.textContent ?? '[]');
  return Array.isArray(given) ? given : [];
}
