/** The map's search: frames by pfn, address, symbol, expression or owner. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { MapSearchAnswer } from '../../../server/debugger/inspector/shapes/physicalMap';
import { type Store, Superseded } from '../../store';
import { base } from '../../ui/styles';
import type { TextField } from '../../ui/toolkit';

export type FoundFrames = MapSearchAnswer['found'][number];

export class MapSearch extends LitElement {
  static override styles = [
    base,
    css`
      form {
        display: flex;
        gap: 0.4em;
        align-items: end;
      }
      ul {
        margin: 0.3em 0;
        padding-inline-start: 1.2em;
        max-height: 9em;
        overflow: auto;
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    answer: { state: true },
    problem: { state: true },
  };
  declare store: Store;
  declare private answer: MapSearchAnswer | undefined;
  declare private problem: string | undefined;

  override render(): TemplateResult {
    const { answer, problem } = this;
    return html`<form role="search" aria-label="Find frames" @submit=${this.submit} @keydown=${this.key}>
        <vscode-text-field size="30" placeholder="0x1234 · kmalloc-64 · ring.page · refill">Find frames</vscode-text-field>
        <vscode-button appearance="secondary" @click=${this.submit}>Find</vscode-button>
        ${answer || problem ? html`<vscode-button appearance="secondary" @click=${this.clear}>Close</vscode-button>` : nothing}
      </form>
      <div role="status">
        ${problem ? html`<p>${problem}</p>` : nothing}
        ${answer ? html`<p class="quiet">${countText(answer)}</p>` : nothing}
      </div>
      ${
        answer
          ? html`<ul>
              ${answer.found.map(
                (found) => html`<li>
                  <button class="plain" @click=${() => this.choose(found)}>${rangeText(found)}</button> ${found.what}
                </li>`,
              )}
            </ul>`
          : nothing
      }`;
  }
  private choose(found: FoundFrames): void {
    this.dispatchEvent(new CustomEvent<FoundFrames>('found', { detail: found }));
  }
  private key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.target as Element).matches('vscode-text-field')) return;
    void this.submit(event);
  }
  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const text = this.renderRoot.querySelector<TextField>('vscode-text-field')?.value.trim() ?? '';
    if (text === '' || !this.store.isLive) return;
    try {
      this.answer = await this.store.ask('physicalMap/search', { text });
      this.problem = undefined;
      const [only] = this.answer.found;
      if (only && this.answer.found.length === 1) this.choose(only);
    } catch (error) {
      if (error instanceof Superseded) return;
      this.answer = undefined;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
  private clear(): void {
    this.answer = undefined;
    this.problem = undefined;
  }
}
customElements.define('kmem-map-search', MapSearch);

const countText = ({ found, more }: MapSearchAnswer): string =>
  `${found.length}${more ? ' and more' : ''} place${found.length === 1 ? '' : 's'}`;
const rangeText = ({ first, pages }: FoundFrames): string =>
  pages === 1 ? `pfn 0x${first.toString(16)}` : `pfn 0x${first.toString(16)}–0x${(first + pages - 1).toString(16)}`;
