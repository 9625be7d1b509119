/**
 * A table of text that can be walked through with the arrow keys: a grid, whose cells a screen reader reads with their row and column.
 * A row can be chosen, by a click, Enter or the space bar. Where the columns have no room beside one another, each row becomes a block of
 * its own, in which a cell stands behind the name of its column.
 */
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { afterKey } from './gridKeys';
import type { LegendEntry } from './legend';
import { base, hidden } from './styles';
import { Surroundings } from './surroundings';

export interface TableRow {
  readonly cells: readonly string[];
  /** marked until the next step: the last one has changed it */
  readonly changed?: boolean;
}
/** What marks such a row, for the legend of a view. */
export const CHANGED_LOOK: LegendEntry = {
  label: 'changed by the last motion of the debugger',
  colour: 'editorGutter-modifiedBackground',
};
/** Detail of the event `choose`: index of the row. */
export type Choose = CustomEvent<number>;

/** Whether a column has decimal numbers, signed or not, and dashes where there are none. The first column names its row. */
const isOfNumbers = (rows: readonly TableRow[], column: number): boolean =>
  column > 0 &&
  rows.some(({ cells }) => /\d/.test(cells[column] ?? '')) &&
  rows.every(({ cells }) => /^([+−-]?[\d,]+(\.\d+)?|–)?$/.test(cells[column] ?? ''));

/** Letters that a column may have in each of its cells for none of them to be broken: `12.5 KiB` stays on a line. Names may be broken. */
const SHORT = 14;
const isShort = (rows: readonly TableRow[], column: number): boolean =>
  column > 0 && rows.every(({ cells }) => (cells[column] ?? '').length <= SHORT);

export class DataTable extends LitElement {
  static override styles = [
    base,
    hidden,
    css`
      :host {
        display: block;
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        width: 100%;
      }
      th,
      td {
        text-align: start;
        vertical-align: top;
        padding: 0.15em 0.8em 0.15em 0.2em;
        overflow-wrap: break-word;
      }
      th {
        color: var(--vscode-descriptionForeground);
        font-weight: normal;
        vertical-align: bottom;
      }
      td.short {
        white-space: nowrap;
      }
      /* a name and its value stand beside one another in any room */
      .pairs td:last-child {
        overflow-wrap: anywhere;
      }
      .number {
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
      tr.choosable {
        cursor: pointer;
      }
      tbody tr.choosable:hover {
        background: var(--vscode-list-hoverBackground);
      }
      tr.changed td:first-child {
        border-inline-start: 3px solid var(--vscode-editorGutter-modifiedBackground, var(--vscode-focusBorder));
      }
      td:focus {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: -1px;
      }
      .narrow thead {
        position: absolute;
        clip-path: inset(50%);
        width: 1px;
        height: 1px;
        overflow: hidden;
      }
      .narrow,
      .narrow tbody {
        display: block;
      }
      .narrow tbody tr {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(12em, 1fr));
        padding: 0.3em 0;
        border-block-end: 1px solid var(--vscode-panel-border, var(--vscode-descriptionForeground));
      }
      .narrow td {
        display: block;
        grid-column: 1 / -1;
        overflow-wrap: anywhere;
        text-align: start;
      }
      .narrow td.short {
        grid-column: auto;
        white-space: normal;
      }
      .narrow td:first-child {
        font-weight: 600;
      }
      .narrow td:not(:first-child)::before {
        /* what a screen reader says anyway */
        content: attr(data-column) '\\00a0' / '';
        color: var(--vscode-descriptionForeground);
      }
    `,
  ];
  static override properties = {
    name: {},
    columns: { attribute: false },
    rows: { attribute: false },
    choosable: { type: Boolean },
    row: { state: true },
    column: { state: true },
    isNarrow: { state: true },
  };
  /** read before the table */
  declare name: string;
  declare columns: readonly string[];
  declare rows: readonly TableRow[];
  declare choosable: boolean;
  /** the cell that Tab leads to */
  declare private row: number;
  declare private column: number;
  /** whether each row is a block of its own */
  declare private isNarrow: boolean;
  /** what the columns need beside one another, CSS pixels; undefined where that is still to be measured */
  private needed: number | undefined;

  constructor() {
    super();
    new Surroundings(this, () => this.fit());
    this.isNarrow = false;
    this.name = '';
    this.columns = [];
    this.rows = [];
    this.choosable = false;
    this.row = 0;
    this.column = 0;
  }
  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('rows') || changed.has('columns')) this.needed = undefined;
    this.row = Math.max(0, Math.min(this.row, this.rows.length - 1));
    this.column = Math.max(0, Math.min(this.column, this.columns.length - 1));
  }
  override updated(): void {
    this.fit();
  }
  /** Measures what the columns need, and has them stand beside one another if there is as much. */
  private fit(): void {
    const table = this.renderRoot.querySelector('table');
    const room = this.clientWidth;
    if (!table || room === 0) return;
    if (this.needed === undefined) {
      table.classList.remove('narrow');
      this.needed = table.scrollWidth;
      table.classList.toggle('narrow', this.isNarrow);
    }
    this.isNarrow = this.needed > room;
  }
  override render() {
    const kinds = this.columns.map((_, c) =>
      [isOfNumbers(this.rows, c) ? 'number' : '', isShort(this.rows, c) ? 'short' : ''].join(' ').trim(),
    );
    const kind = (c: number) => kinds[c] ?? '';
    return html`<table
      class="${this.columns.length === 2 ? 'pairs' : ''} ${this.isNarrow ? 'narrow' : ''}"
      role="grid"
      aria-label=${this.name}
      aria-rowcount=${this.rows.length + 1}
      @keydown=${this.key}
    >
      <thead role="rowgroup">
        <tr role="row">
          ${this.columns.map((name, c) => html`<th role="columnheader" scope="col" class=${kind(c)}>${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${this.rows.map(
          (row, r) => html`<tr
            role="row"
            aria-rowindex=${r + 2}
            class="${this.choosable ? 'choosable' : ''} ${row.changed ? 'changed' : ''}"
            @click=${() => this.choose(r)}
          >
            ${row.cells.map(
              (cell, c) => html`<td
                role="gridcell"
                class=${kind(c)}
                data-column=${this.columns[c] ?? ''}
                tabindex=${r === this.row && c === this.column ? 0 : -1}
              >
                ${c === 0 && row.changed ? html`<span class="hidden">changed: </span>` : nothing}${cell}
              </td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>`;
  }
  private choose(row: number): void {
    this.row = row;
    if (this.choosable) this.dispatchEvent(new CustomEvent('choose', { detail: row }));
  }
  private key(event: KeyboardEvent): void {
    const after = afterKey({ row: this.row, column: this.column }, event, this.rows.length, this.columns.length);
    if (!after) return;
    if (after === 'choose') this.choose(this.row);
    else {
      this.row = after.row;
      this.column = after.column;
    }
    event.preventDefault();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('td[tabindex="0"]')?.focus());
  }
}
customElements.define('kmem-table', DataTable);
