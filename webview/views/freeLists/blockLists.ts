/** Lists of free blocks in list order, a row each: a grid that is walked through with the arrow keys. */
import { css, html, LitElement, nothing, unsafeCSS } from 'lit';
import type { FreeList } from '../../../server/debugger/inspector/shapes/freeLists';
import { afterKey } from '../../ui/gridKeys';
import { base, hidden } from '../../ui/styles';
import { hex } from '../../ui/words';
import { counted, lengthText, migrateColour, migrateSign } from './listText';

/** Detail of the event `choose`: the block. */
export type ChooseBlock = CustomEvent<{ readonly pfn: number; readonly order: number }>;
/** Detail of the event `more`: the list of which more is wanted. */
export type MoreBlocks = CustomEvent<{ readonly order: number; readonly migratetype: number }>;

const ORDERS = Array.from({ length: 11 }, (_, order) => order);
const TYPES = Array.from({ length: 5 }, (_, migratetype) => migratetype);
/** A block's width tells its order, and its edge the migratetype. */
const shapes = unsafeCSS(
  [
    ...ORDERS.map((order) => `.o${order} { min-width: ${5.5 + order * 0.7}em; }`),
    ...TYPES.map((type) => `.m${type} { border-inline-start-color: var(--vscode-${migrateColour(type)}); }`),
  ].join('\n'),
);

export class BlockLists extends LitElement {
  static override styles = [
    base,
    hidden,
    css`
      [role='row'] {
        display: flex;
        flex-wrap: wrap;
        gap: 0.3em;
        margin: 0.25em 0;
      }
      [role='rowheader'] {
        flex: 0 0 17em;
      }
      .blocks {
        flex: 1 1 12em;
        display: flex;
        flex-wrap: wrap;
        gap: 0.3em;
      }
      .block {
        box-sizing: border-box;
        padding: 0.1em 0.4em;
        border: 1px solid var(--vscode-foreground);
        border-inline-start-width: 6px;
        font-family: var(--vscode-editor-font-family);
        cursor: pointer;
      }
      ${shapes}
      .block:hover {
        background: var(--vscode-list-hoverBackground);
      }
      .changed {
        outline: 2px dashed var(--vscode-editorGutter-modifiedBackground, var(--vscode-focusBorder));
        outline-offset: 1px;
      }
      .chosen {
        font-weight: 700;
        text-decoration: underline;
      }
      [role='gridcell']:focus {
        outline: 2px solid var(--vscode-focusBorder);
        outline-offset: 1px;
      }
    `,
  ];
  static override properties = {
    name: {},
    lists: { attribute: false },
    migratetypes: { attribute: false },
    changed: { attribute: false },
    chosen: { type: Number },
    row: { state: true },
    column: { state: true },
  };
  /** read before the grid */
  declare name: string;
  declare lists: readonly FreeList[];
  declare migratetypes: readonly string[];
  /** blocks that the last step put where they are, by pfn */
  declare changed: ReadonlySet<number>;
  /** pfn of the selected block; −1: none */
  declare chosen: number;
  declare private row: number;
  declare private column: number;

  constructor() {
    super();
    this.name = '';
    this.lists = [];
    this.migratetypes = [];
    this.changed = new Set();
    this.chosen = -1;
    this.row = 0;
    this.column = 0;
  }
  private hasMore({ pfns, blocks, first, isLeast }: FreeList): boolean {
    return isLeast || first + pfns.length < blocks;
  }
  private cellsOf(list: FreeList | undefined): number {
    return list ? list.pfns.length + (this.hasMore(list) ? 1 : 0) : 0;
  }
  override willUpdate(): void {
    this.row = Math.max(0, Math.min(this.row, this.lists.length - 1));
    this.column = Math.max(0, Math.min(this.column, this.cellsOf(this.lists[this.row]) - 1));
  }
  override render() {
    return html`<div role="grid" aria-label=${this.name} aria-rowcount=${this.lists.length} @keydown=${this.key}>
      ${this.lists.map((list, r) => this.listRow(list, r))}
    </div>`;
  }
  private listRow(list: FreeList, r: number) {
    const type = this.migratetypes[list.migratetype] ?? '?';
    const tab = (c: number) => (r === this.row && c === this.column ? 0 : -1);
    const left = list.blocks - list.first - list.pfns.length;
    return html`<div role="row" aria-rowindex=${r + 1}>
      <span role="rowheader">
        <b>${list.order}</b> ${migrateSign(type)} ${type} <span class="quiet">${lengthText(list)}</span>
      </span>
      <div role="none" class="blocks">
      ${list.pfns.map((pfn, c) => {
        const changed = this.changed.has(pfn);
        const chosen = pfn === this.chosen;
        return html`<span
          role="gridcell"
          class="block o${list.order} m${list.migratetype} ${changed ? 'changed' : ''} ${chosen ? 'chosen' : ''}"
          tabindex=${tab(c)}
          @click=${() => this.choose(r, c)}
        >${hex(pfn)}<span class="hidden">${this.about(list, changed, chosen)}</span></span>`;
      })}
      ${
        this.hasMore(list)
          ? html`<span role="gridcell" class="quiet" tabindex=${tab(list.pfns.length)} @click=${() => this.choose(r, list.pfns.length)}>
              ${left > 0 && !list.isLeast ? `… ${left} more` : '… more'}
            </span>`
          : nothing
      }
      </div>
    </div>`;
  }
  private about({ order }: FreeList, changed: boolean, chosen: boolean): string {
    return `, ${counted(2 ** order, 'page')}${changed ? ', new here since the last step' : ''}${chosen ? ', selected' : ''}`;
  }
  private choose(row: number, column: number): void {
    this.row = row;
    this.column = column;
    const list = this.lists[row];
    if (!list) return;
    const { order, migratetype } = list;
    const pfn = list.pfns[column];
    this.dispatchEvent(
      pfn === undefined
        ? new CustomEvent('more', { detail: { order, migratetype } })
        : new CustomEvent('choose', { detail: { pfn, order } }),
    );
  }
  private key(event: KeyboardEvent): void {
    const after = afterKey(
      { row: this.row, column: this.column },
      event,
      this.lists.length,
      this.cellsOf(this.lists[this.row]),
    );
    if (!after) return;
    if (after === 'choose') this.choose(this.row, this.column);
    else {
      this.row = after.row;
      this.column = after.column;
    }
    event.preventDefault();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  }
}
customElements.define('kmem-block-lists', BlockLists);
