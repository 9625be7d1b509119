/** The page's line to the extension: both directions are checked with the schemas of the protocol. */
import { checked, type FromWebview, TO_WEBVIEW, type ToWebview } from '../server/dap/inspectorProtocol';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

export interface Host {
  send(message: FromWebview): void;
  /** Calls `receive` for each message that is as the protocol says; others are dropped, and told on the console. */
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
      window.addEventListener('message', ({ data }) => {
        const message = checked(TO_WEBVIEW, data);
        if ('value' in message) receive(message.value);
        else console.warn(`the inspector dropped a message: ${message.problem}`);
      });
    },
  };
}
