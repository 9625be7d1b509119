/**
 * A table of text that can be walked through with the arrow keys: a grid, whose cells a screen reader reads with their row and column.
 * A row can be chosen, by a click, Enter or the space bar.
 */
import { css, html, LitElement, nothing } from 'lit';
import { afterKey } from './gridKeys';
import type { LegendEntry } from './legend';
import { base, hidden } from './styles';

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
        white-space: nowrap;
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
    `,
  ];
  static override properties = {
    name: {},
    columns: { attribute: false },
    rows: { attribute: false },
    choosable: { type: Boolean },
    row: { state: true },
    column: { state: true },
  };
  /** read before the table */
  declare name: string;
  declare columns: readonly string[];
  declare rows: readonly TableRow[];
  declare choosable: boolean;
  /** the cell that Tab leads to */
  declare private row: number;
  declare private column: number;

  constructor() {
    super();
    this.name = '';
    this.columns = [];
    this.rows = [];
    this.choosable = false;
    this.row = 0;
    this.column = 0;
  }
  override willUpdate(): void {
    this.row = Math.max(0, Math.min(this.row, this.rows.length - 1));
    this.column = Math.max(0, Math.min(this.column, this.columns.length - 1));
  }
  override render() {
    const numbers = this.columns.map((_, c) => isOfNumbers(this.rows, c));
    const kind = (c: number) => (numbers[c] ? 'number' : '');
    return html`<table role="grid" aria-label=${this.name} aria-rowcount=${this.rows.length + 1} @keydown=${this.key}>
      <thead>
        <tr role="row">
          ${this.columns.map((name, c) => html`<th role="columnheader" scope="col" class=${kind(c)}>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
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
