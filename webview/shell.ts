/** The inspector's frame: session and moment, the search, the tabs with the open view, and the card of what is selected beside it. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Selection } from '../server/debugger/inspector/shapes/common';
import type { Store } from './store';
import { base, hidden } from './ui/styles';
import type { TextField } from './ui/toolkit';
import type { ViewElement } from './viewElement';
import type { ViewEntry } from './viewEntry';
import { CARD, VIEWS } from './views';

export class Shell extends LitElement {
  static override styles = [
    base,
    hidden,
    css`
      :host {
        display: block;
        padding: 0.6em 1em;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4em 1.5em;
        align-items: end;
        justify-content: space-between;
      }
      h1 {
        font-size: 1.1em;
        margin: 0;
      }
      form {
        display: flex;
        gap: 0.4em;
        align-items: end;
      }
      [role='tablist'] {
        display: flex;
        flex-wrap: wrap;
        gap: 0.2em;
        margin: 0.6em 0;
        border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent));
      }
      [role='tab'] {
        background: none;
        border: none;
        border-bottom: 2px solid transparent;
        color: var(--vscode-foreground);
        font: inherit;
        padding: 0.4em 0.7em;
        cursor: pointer;
      }
      [role='tab'][aria-selected='true'] {
        border-bottom-color: var(--vscode-focusBorder);
        font-weight: 600;
      }
      main {
        display: flex;
        flex-wrap: wrap;
        gap: 1.5em;
        align-items: flex-start;
      }
      [role='tabpanel'] {
        flex: 3 1 28em;
        min-width: 0;
      }
      aside {
        flex: 1 1 20em;
        min-width: 0;
        border-inline-start: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent));
        padding-inline-start: 1em;
      }
      .ended {
        flex: 1 0 100%;
        display: flex;
        gap: 1em;
        align-items: center;
      }
    `,
  ];
  static override properties = { store: { attribute: false } };
  declare store: Store;
  private readonly elements = new Map<string, HTMLElement>();
  /** views whose code did not come, and why */
  private readonly failures = new Map<string, string>();
  private stop: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = this.store.subscribe(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
  }

  override render(): TemplateResult {
    const { session, moment, selection } = this.store.state;
    const open = this.open;
    return html`<header>
        <div>
          <h1>${session ? session.name : 'Memory Inspector'}</h1>
          <div class="quiet" role="status">${session ? this.statusText() : 'no session'}</div>
        </div>
        <form @submit=${this.search} @keydown=${this.enter} role="search">
          <vscode-text-field size="34" placeholder="0x1234 · 0xffff8880… · ring.page">Select</vscode-text-field>
          <vscode-button appearance="secondary" @click=${this.search}>Show</vscode-button>
          ${selection ? html`<vscode-button appearance="secondary" @click=${() => this.store.select(undefined)}>Clear</vscode-button>` : nothing}
        </form>
      </header>
      <nav aria-label="Views"><div role="tablist" aria-label="Views" @keydown=${this.tabKey}>${VIEWS.map((view) => this.tab(view, view === open))}</div></nav>
      <main>
      ${
        session?.state === 'ended'
          ? html`<div class="ended">
              <p>The session has ended: this is its last state${moment ? `, ${moment.label}` : ''}.</p>
              <vscode-button @click=${() => this.store.send({ kind: 'startAgain' })}>Start again</vscode-button>
            </div>`
          : nothing
      }
        <div role="tabpanel" id="panel" aria-labelledby="tab-${open.name}" tabindex="-1">${this.element(open)}</div>
        ${selection && open !== CARD ? html`<aside aria-label="Object card">${this.element(CARD)}</aside>` : nothing}
      </main>`;
  }
  private get open(): ViewEntry {
    return VIEWS.find((view) => view.name === this.store.state.view) ?? (VIEWS[0] as ViewEntry);
  }
  private statusText(): string {
    const { session, moment } = this.store.state;
    const where = moment?.label ?? '';
    switch (session?.state) {
      case 'stopped':
        return where || 'stopped';
      case 'running':
        return 'running';
      case 'starting':
        return 'starting';
      default:
        return `ended${where ? `; it was at ${where}` : ''}`;
    }
  }
  private tab(view: ViewEntry, selected: boolean): TemplateResult {
    return html`<button
      role="tab"
      id="tab-${view.name}"
      aria-selected=${selected}
      aria-controls="panel"
      tabindex=${selected ? 0 : -1}
      @click=${() => this.store.show(view.name)}
    >${view.title}</button>`;
  }
  /** A view keeps its element, and with it what it has shown, while another tab is open. Its code is loaded first. */
  private element({ name, tag, why, anchor, load }: ViewEntry): HTMLElement | TemplateResult | typeof nothing {
    const known = this.elements.get(name);
    if (known) return known;
    if (!customElements.get(tag)) {
      const failure = this.failures.get(name);
      if (failure !== undefined) return html`<p role="alert">This view could not be loaded: ${failure}</p>`;
      load().then(
        () => this.requestUpdate(),
        (error: unknown) => {
          this.failures.set(name, error instanceof Error ? error.message : String(error));
          this.requestUpdate();
        },
      );
      return nothing;
    }
    const made = document.createElement(tag) as HTMLElement & Pick<ViewElement<never>, 'store' | 'why' | 'anchor'>;
    made.store = this.store;
    made.why = why;
    made.anchor = anchor;
    this.elements.set(name, made);
    return made;
  }
  private tabKey(event: KeyboardEvent): void {
    const at = VIEWS.indexOf(this.open);
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: VIEWS.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = VIEWS[(to + VIEWS.length) % VIEWS.length] as ViewEntry;
    this.store.show(next.name);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#tab-${next.name}`)?.focus());
  }
  private enter(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.target as Element).matches('vscode-text-field')) return;
    event.preventDefault();
    this.search(event);
  }
  private search(event: Event): void {
    event.preventDefault();
    const text = this.renderRoot.querySelector<TextField>('vscode-text-field')?.value.trim() ?? '';
    if (text !== '') this.store.select(selectionOf(text));
  }
}
customElements.define('kmem-inspector', Shell);

/** What a user means: a number that can be a pfn is one, a longer one is an address, anything else is C. */
function selectionOf(text: string): Selection {
  if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) && Number(text) < 2 ** 32) {
    const pfn = Number(text);
    // 32-bit kernel addresses begin at 3 GiB
    return pfn < 0xc0000000 ? { by: 'pfn', pfn } : { by: 'address', address: `0x${pfn.toString(16)}` };
  }
  if (/^0x[0-9a-f]{9,16}$/i.test(text)) return { by: 'address', address: text.toLowerCase() };
  return { by: 'expression', text };
}
