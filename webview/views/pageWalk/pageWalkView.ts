/** The page walk: a chain of entries from the top level down, each with its flags in words, and what comes of it. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import { PAGE_WALK_QUESTION } from '../../../server/debugger/inspector/shapes/pageWalk';
import { themeColour } from '../../ui/colours';
import '../../ui/dataTable';
import type { Choose } from '../../ui/dataTable';
import { type Exportable, svgOfTable } from '../../ui/exports';
import type { LegendEntry } from '../../ui/legend';
import type { TextField } from '../../ui/toolkit';
import { bytesText } from '../../ui/words';
import { type Invitation, ViewElement } from '../../viewElement';
import { addressOf, KIND_COLOURS, rights, rowsOf } from './walkText';

type Walk = Answer<'pageWalk'>;
type Level = Walk['levels'][number];

export class PageWalkView extends ViewElement<'pageWalk'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 0.6em;
        align-items: end;
      }
      label {
        display: flex;
        flex-direction: column;
      }
      select {
        font: inherit;
        color: var(--vscode-dropdown-foreground);
        background: var(--vscode-dropdown-background);
        border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
        padding: 0.2em;
        max-width: 26em;
      }
      ol.chain {
        list-style: none;
        margin: 0.8em 0;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 0.4em 1.4em;
      }
      .chain > li {
        position: relative;
        flex: 1 1 13em;
        max-width: 22em;
        border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, var(--vscode-foreground)));
        border-inline-start: 4px solid var(--kind);
        padding: 0.4em 0.6em;
      }
      .chain > li:not(:last-child)::after {
        content: '→';
        position: absolute;
        inset-inline-end: -1.2em;
        top: 40%;
      }
      .walked {
        container-type: inline-size;
      }
      /* where no two of them have room: one below the other */
      @container (max-width: 31em) {
        ol.chain {
          flex-direction: column;
          gap: 1.4em;
        }
        .chain > li {
          flex: none;
          max-width: none;
        }
        .chain > li:not(:last-child)::after {
          content: '↓';
          inset-inline: 0;
          top: 100%;
          text-align: center;
        }
      }
      .bar {
        position: relative;
        height: 8px;
        margin: 0.3em 0;
        border: 1px solid var(--vscode-descriptionForeground);
      }
      .bar span {
        position: absolute;
        top: -2px;
        bottom: -2px;
        width: 3px;
        left: var(--place);
        background: var(--vscode-foreground);
      }
      ul.flags {
        list-style: none;
        display: flex;
        flex-wrap: wrap;
        gap: 0.2em 0.4em;
        padding: 0;
        margin: 0.3em 0 0;
      }
      .flags li {
        border: 1px dashed var(--vscode-descriptionForeground);
        padding: 0 0.3em;
      }
      .flags li.set {
        border-style: solid;
        font-weight: 600;
      }
      p {
        margin: 0.2em 0;
      }
      .result {
        font-size: 1.1em;
        margin: 0.6em 0;
      }
      .value {
        overflow-wrap: anywhere;
      }
    `,
  ];
  protected readonly view = 'pageWalk' as const;
  protected override readonly followsSelection = true;

  private get asked(): Question<'pageWalk'> | undefined {
    return this.store.windowOf('pageWalk', PAGE_WALK_QUESTION);
  }
  protected question(): Question<'pageWalk'> | Invitation {
    const { asked } = this;
    const address = asked?.address || addressOf(this.store.state.selection);
    if (address === undefined)
      return {
        invite:
          'No address is given. Type a number, a symbol or another C expression above and press Enter, or select something in another view.',
      };
    return { address, ...(asked?.table ? { table: asked.table } : {}) };
  }
  protected override legend(): readonly LegendEntry[] {
    return Object.entries(KIND_COLOURS).map(([label, colour]) => ({ label, colour }));
  }
  /** The form is there before there is an answer, too. */
  override render(): TemplateResult {
    return html`${this.store.state.session ? this.form() : nothing}${super.render()}`;
  }
  private form(): TemplateResult {
    const { asked, answer } = this;
    const table = asked?.table ?? 'current';
    const given = asked?.address || addressOf(this.store.state.selection) || '';
    return html`<form @submit=${this.walk} @keydown=${this.enter}>
      <vscode-text-field size="34" .value=${given} placeholder="0xffff8880… · page · &ring.lock">Address to walk</vscode-text-field>
      <label>
        by the tables of
        <select @change=${this.walk}>
          ${(answer?.tables ?? [{ id: 'current', name: 'the processor' }]).map(
            ({ id, name }) => html`<option value=${id} ?selected=${id === table}>${name}</option>`,
          )}
        </select>
      </label>
      <vscode-button appearance="secondary" @click=${this.walk}>Walk</vscode-button>
      ${
        asked?.address && this.store.state.selection
          ? html`<vscode-button appearance="secondary" @click=${() => this.store.setWindow('pageWalk', { address: '', table })}>Walk what is selected</vscode-button>`
          : nothing
      }
    </form>`;
  }
  private enter(event: KeyboardEvent): void {
    if (event.key === 'Enter' && (event.target as Element).matches('vscode-text-field')) this.walk(event);
  }
  private walk(event: Event): void {
    event.preventDefault();
    const address = this.renderRoot.querySelector<TextField>('vscode-text-field')?.value.trim() ?? '';
    const table = this.renderRoot.querySelector('select')?.value ?? 'current';
    // what the selection means stays the selection's
    const own = address === addressOf(this.store.state.selection) && !this.asked?.address ? '' : address;
    this.store.setWindow('pageWalk', { address: own, table });
  }

  protected picture(walk: Walk): TemplateResult {
    const { result } = walk;
    return html`<h2><code>${walk.address}</code>${walk.region ? `, in the region ${walk.region}` : ''}</h2>
      ${
        result.mapped
          ? html`<p class="result">
              → physical <code>${result.physical}</code>,
              <button class="plain" @click=${() => this.store.select({ by: 'pfn', pfn: result.page.pfn })}>pfn 0x${result.page.pfn.toString(16)}</button>,
              by a page of ${bytesText(result.pageBytes)}: ${rights(result)}${result.ram ? '' : '; there is no memory'}
            </p>
            <p>${result.page.text}</p>`
          : html`<p class="result problem">Not mapped: ${result.why}.</p>`
      }
      ${walk.tlbs.map(
        ({ cpu, page, write, stale }) => html`<p class=${stale ? 'problem' : ''}>
          The TLB of CPU ${cpu} has pfn 0x${page.pfn.toString(16)} for it, ${write ? 'writing allowed' : 'for reading'}${stale ? '; the tables say otherwise by now, and the CPU does not look' : ''}.
        </p>`,
      )}
      ${
        walk.levels.length === 0
          ? nothing
          : html`<div class="walked">
                <ol class="chain" aria-label="The entries that the processor reads">
                  ${walk.levels.map((level) => this.level(level))}
                </ol>
              </div>
              <h3>Entries</h3>
              <p class="quiet">Choose one to see the frame that it leads to.</p>
              <kmem-table
                name="Entries of the walk, from the top"
                .columns=${rowsOf(walk)[0]}
                .rows=${rowsOf(walk)
                  .slice(1)
                  .map((cells, i) => ({ cells, changed: this.isChanged(walk, i) }))}
                choosable
                @choose=${({ detail }: Choose) => this.follow(walk.levels[detail])}
              ></kmem-table>`
      }`;
  }
  /** The last step has written the entry. */
  private isChanged(walk: Walk, i: number): boolean {
    const { previous } = this;
    const then = previous?.levels[i];
    const isSame = previous?.address === walk.address && previous.table === walk.table;
    return isSame && then !== undefined && then.value !== walk.levels[i]?.value;
  }
  private follow(level: Level | undefined): void {
    if (level?.leadsTo) this.store.select({ by: 'pfn', pfn: level.leadsTo.pfn });
    else if (level) this.store.select({ by: 'address', address: level.entry });
  }
  private level(level: Level): TemplateResult {
    const { name, index, entries, bits, value, kind, flags, leadsTo } = level;
    return html`<li class="level">
      <div><strong>${name}[${index}]</strong> <span class="quiet">of ${entries}, bits ${bits[0]}–${bits[1]} of the address</span></div>
      <div class="bar" aria-hidden="true"><span></span></div>
      <p class="value"><code>${value}</code></p>
      <p>${kind}, covers ${bytesText(level.bytes)}</p>
      ${leadsTo ? html`<p class="quiet">${leadsTo.text}</p>` : nothing}
      ${
        kind === 'empty'
          ? nothing
          : html`<ul class="flags" aria-label="Flags">
              ${flags.map(
                (flag) => html`<li class=${flag.set ? 'set' : ''} title="bit ${flag.bit}: ${flag.says}">
                  ${flag.name}<span class="hidden"> is ${flag.set ? 1 : 0}: ${flag.says}</span>
                </li>`,
              )}
            </ul>`
      }
    </li>`;
  }
  override updated(): void {
    const levels = this.answer?.levels ?? [];
    this.renderRoot.querySelectorAll<HTMLElement>('li.level').forEach((element, i) => {
      const level = levels[i];
      if (!level) return;
      element.style.setProperty('--kind', `var(--vscode-${KIND_COLOURS[level.kind]})`);
      element.style.setProperty('--place', `${(level.index / level.entries) * 100}%`);
    });
  }
  protected exportable(walk: Walk): Exportable {
    const table = rowsOf(walk);
    const { result } = walk;
    const title = `${walk.address} ${result.mapped ? `→ ${result.physical}` : 'is not mapped'}`;
    const colours = { text: themeColour('foreground'), background: themeColour('editor-background') };
    return { name: 'page-walk', json: walk, table, svg: () => svgOfTable(title, table, colours) };
  }
}
customElements.define('kmem-page-walk', PageWalkView);
