/**
 * The keyboard's and the screen reader's side of a picture of cells: a grid in which one cell at a time is an element, the one that the
 * arrow keys have come to. It lies over the picture, at the place of its cell, and says its row, its column and what it is.
 *
 * The picture (a canvas) is put into the slot. Its size in CSS pixels is that of the grid.
 */
import { css, html, LitElement } from 'lit';
import { afterKey, type CellPlace } from './gridKeys';
import { base, hidden } from './styles';

/** Where a cell is drawn, in CSS pixels from the picture's corner. */
export interface CellBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class CellGrid extends LitElement {
  static override styles = [
    base,
    hidden,
    css`
      :host {
        display: block;
        position: relative;
      }
      .grid {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      .cell {
        position: absolute;
        box-sizing: border-box;
        overflow: hidden;
        left: var(--x);
        top: var(--y);
        width: var(--width);
        height: var(--height);
        min-width: 5px;
        min-height: 5px;
      }
      .cell:focus {
        outline: 2px solid var(--vscode-focusBorder);
        outline-offset: 1px;
      }
    `,
  ];
  static override properties = {
    name: {},
    rows: { type: Number },
    columns: { type: Number },
    describe: { attribute: false },
    boxOf: { attribute: false },
    row: { state: true },
    column: { state: true },
  };
  /** read before the grid */
  declare name: string;
  declare rows: number;
  declare columns: number;
  /** what a cell is, in words; undefined where the last row has no cell any more */
  declare describe: (place: CellPlace) => string | undefined;
  declare boxOf: (place: CellPlace) => CellBox;
  declare private row: number;
  declare private column: number;

  constructor() {
    super();
    this.name = '';
    this.rows = 0;
    this.columns = 0;
    this.describe = () => undefined;
    this.boxOf = () => ({ x: 0, y: 0, width: 0, height: 0 });
    this.row = 0;
    this.column = 0;
  }
  /** Puts the active cell somewhere: where the user has clicked, or what is selected. */
  moveTo({ row, column }: CellPlace): void {
    this.row = row;
    this.column = column;
  }
  override willUpdate(): void {
    this.row = Math.max(0, Math.min(this.row, this.rows - 1));
    this.column = Math.max(0, Math.min(this.column, this.columns - 1));
  }
  override render() {
    const place = { row: this.row, column: this.column };
    return html`<slot></slot>
      <div
        class="grid"
        role="grid"
        aria-label=${this.name}
        aria-rowcount=${this.rows}
        aria-colcount=${this.columns}
        @keydown=${this.key}
      >
        <div role="row" aria-rowindex=${this.row + 1}>
          <div class="cell" role="gridcell" tabindex="0" aria-colindex=${this.column + 1}>
            <span class="hidden">${this.describe(place) ?? 'nothing'}</span>
          </div>
        </div>
      </div>`;
  }
  override updated(): void {
    const cell = this.renderRoot.querySelector<HTMLElement>('.cell');
    const box = this.boxOf({ row: this.row, column: this.column });
    cell?.style.setProperty('--x', `${box.x}px`);
    cell?.style.setProperty('--y', `${box.y}px`);
    cell?.style.setProperty('--width', `${box.width}px`);
    cell?.style.setProperty('--height', `${box.height}px`);
  }
  private key(event: KeyboardEvent): void {
    const before = { row: this.row, column: this.column };
    const after = afterKey(before, event, this.rows, this.columns);
    if (!after) return;
    if (after === 'choose') {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent<CellPlace>('cell-choose', { detail: before }));
      return;
    }
    this.moveTo(after);
    event.preventDefault();
    this.willUpdate();
    const place = { row: this.row, column: this.column };
    if (this.describe(place) === undefined) {
      this.row = before.row;
      this.column = before.column;
      return;
    }
    this.dispatchEvent(new CustomEvent<CellPlace>('cell-move', { detail: place }));
    // a screen reader reads what gets the focus: the same element elsewhere is a new cell
    const cell = this.renderRoot.querySelector<HTMLElement>('.cell');
    void this.updateComplete.then(() => {
      cell?.blur();
      cell?.focus();
    });
  }
}
customElements.define('kmem-cell-grid', CellGrid);
