/** The physical map: all frames of the machine as cells, from a terabyte down to single frames. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import * as v from 'valibot';
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import {
  MAP_COLOURS,
  type MapCellAnswer,
  type MapColour,
  WHOLE_MAP,
} from '../../../server/debugger/inspector/shapes/physicalMap';
import { Superseded } from '../../store';
import { hex } from '../../ui/words';
import '../../ui/cellGrid';
import type { CellGrid } from '../../ui/cellGrid';
import { isHighContrast, themeColour } from '../../ui/colours';
import type { Exportable } from '../../ui/exports';
import type { CellPlace } from '../../ui/gridKeys';
import type { LegendEntry } from '../../ui/legend';
import { QUIET } from '../../ui/ownerColours';
import { Surroundings } from '../../ui/surroundings';
import { ViewElement } from '../../viewElement';
import {
  around,
  boxOf,
  type Cells,
  cellsOf,
  firstOf,
  indexOf,
  type Layout,
  layoutOf,
  panned,
  placeOf,
  preview,
  type Visible,
  zoomed,
} from './mapCells';
import { type Drawing, drawOnCanvas, type Paint, svgOfMap } from './mapDrawing';
import { looksOf } from './mapPalette';
import type { FoundFrames } from './mapSearch';

type PhysicalMap = Answer<'physicalMap'>;
const COLOUR_NAMES: Readonly<Record<MapColour, string>> = {
  owner: 'who has it',
  zone: 'zone',
  migratetype: 'migratetype of the pageblock',
  order: 'order of the free block',
  site: 'who allocated it',
  age: 'time since it was allocated',
};
const WINDOW = v.object({
  colour: v.picklist(MAP_COLOURS),
  visible: v.optional(v.object({ first: v.number(), pages: v.number() })),
});
type Shown = v.InferOutput<typeof WINDOW>;
/** How long the pointer rests before a cell is asked about, ms. */
const REST = 80;

export class PhysicalMapView extends ViewElement<'physicalMap'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5em 1em;
        align-items: end;
        margin-bottom: 0.5em;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 0.3em;
      }
      select {
        font: inherit;
        color: var(--vscode-dropdown-foreground, var(--vscode-foreground));
        background: var(--vscode-dropdown-background, var(--vscode-editor-background));
        border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, var(--vscode-foreground)));
        padding: 0.2em;
      }
      /* its room, until it is there */
      kmem-map-search:not(:defined) {
        display: block;
        padding-block-end: 28px;
        visibility: hidden;
      }
      canvas {
        display: block;
        cursor: crosshair;
        touch-action: none;
      }
      .cell {
        min-height: 7.5em;
      }
      .cell p {
        margin: 0.1em 0;
        overflow-wrap: anywhere;
      }
      .what {
        font-weight: 600;
      }
      .indexes {
        display: flex;
        flex-wrap: wrap;
        gap: 0 2em;
      }
      .indexes > div {
        flex: 1 1 18em;
        min-width: 0;
      }
    `,
  ];
  static override properties = {
    ...ViewElement.properties,
    width: { state: true },
    cell: { state: true },
    pointed: { state: true },
    selected: { state: true },
  };
  protected readonly view = 'physicalMap' as const;
  /** of the room that the map has, CSS pixels */
  declare private width: number;
  /** the cell that is pointed to, and what is known of it */
  declare private pointed: number | undefined;
  declare private cell: MapCellAnswer | undefined;
  /** frame of what is selected */
  declare private selected: number | undefined;
  private decoded: { readonly of: PhysicalMap; readonly cells: Cells } | undefined;
  /** where the user has zoomed or panned to, until the answer is there */
  private ahead: Visible | undefined;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private drag: { readonly y: number; readonly from: Visible } | undefined;
  private located: unknown;
  private more: typeof import('./moreOfMap') | undefined;

  constructor() {
    super();
    this.width = 576;
    new Surroundings(this, () => this.measure());
  }
  override connectedCallback(): void {
    super.connectedCallback();
    this.measure();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.resting);
  }
  private measure(): void {
    const width = Math.floor(this.getBoundingClientRect().width);
    if (width > 0) this.width = width;
  }

  // ---------------------------------------------------------------- question and answer
  private get shown(): Shown {
    return this.store.windowOf(this.view, WINDOW) ?? { colour: WHOLE_MAP.colour };
  }
  protected question(): Question<'physicalMap'> {
    const { colour, visible } = this.shown;
    return { ...WHOLE_MAP, colour, ...(visible ?? {}) };
  }
  protected override legend(): readonly LegendEntry[] {
    const { answer } = this;
    if (!answer) return [];
    const looks = looksOf(answer);
    return [
      ...answer.legend.map(({ value, name, pages }) => ({
        label: `${name} (${pages})`,
        colour: looks.get(value)?.colour ?? QUIET,
        sign: looks.get(value)?.sign ?? '',
      })),
      { label: 'changed by the last step: framed its struct page, a corner its contents', colour: 'focusBorder' },
    ];
  }
  override willUpdate(changes: PropertyValues): void {
    super.willUpdate(changes);
    const { answer } = this;
    if (answer && this.decoded?.of !== answer) {
      this.decoded = { of: answer, cells: cellsOf(answer) };
      this.ahead = undefined;
      this.cell = undefined;
      if (this.pointed !== undefined) this.rest(this.pointed);
    }
    const { selection } = this.store.state;
    if (selection !== this.located) {
      this.located = selection;
      void this.locate();
    }
  }
  /** What is to be drawn: the answer, or what is known of where the user has gone meanwhile. */
  private get cells(): Cells | undefined {
    const cells = this.decoded?.cells;
    return cells && this.ahead ? preview(cells, this.ahead) : cells;
  }
  private get visible(): Visible {
    const cells = this.decoded?.cells;
    if (this.ahead) return this.ahead;
    if (!cells) return { first: 0, pages: 1 };
    return this.shown.visible ?? { first: 0, pages: cells.end };
  }
  /** Which frame is selected: an address or an expression is looked up. */
  private async locate(): Promise<void> {
    const { store } = this;
    const { selection } = store.state;
    this.selected = selection?.by === 'pfn' ? selection.pfn : undefined;
    if (!selection || selection.by === 'pfn' || !store.isLive) return;
    try {
      const text = selection.by === 'address' ? selection.address : selection.text;
      const { found } = await store.ask('physicalMap/search', { text });
      if (store.state.selection === selection) this.selected = found[0]?.first;
    } catch {
      // what is in no frame is not on the map; the card says why
    }
  }

  // ---------------------------------------------------------------- picture
  protected picture(answer: PhysicalMap): TemplateResult {
    const cells = this.cells as Cells;
    const layout = layoutOf(this.width, cells.values.length);
    const { selected } = this;
    const isAway =
      selected !== undefined && (selected < cells.first || selected >= firstOf(cells, cells.values.length));
    return html`${this.bar(answer, cells)}
      <kmem-map-search .store=${this.store} @found=${({ detail }: CustomEvent<FoundFrames>) => this.find(detail)}>Find frames</kmem-map-search>
      ${isAway ? html`<p>What is selected is in pfn ${hex(selected)}. <button class="plain" @click=${() => this.go(around(cells.end, selected, 1))}>Show it on the map</button></p>` : nothing}
      <kmem-cell-grid
        name="Physical map, ${layout.columns} cells in a row, ${rangeText(cells)}. Plus and minus zoom, Shift with Page Up and Page Down move, 0 shows all memory."
        .rows=${layout.rows}
        .columns=${layout.columns}
        .describe=${(place: CellPlace) => this.describe(answer, cells, indexOf(layout, place))}
        .boxOf=${(place: CellPlace) => boxOf(layout, place)}
        @cell-move=${({ detail }: CustomEvent<CellPlace>) => this.point(indexOf(layout, detail))}
        @cell-choose=${({ detail }: CustomEvent<CellPlace>) => this.choose(cells, indexOf(layout, detail))}
        @keydown=${{ handleEvent: (event: KeyboardEvent) => this.key(event, cells), capture: true }}
      >
        <canvas
          aria-hidden="true"
          @wheel=${{ handleEvent: (event: WheelEvent) => this.wheel(event, cells, layout), passive: false }}
          @pointerdown=${(event: PointerEvent) => this.pointerDown(event)}
          @pointermove=${(event: PointerEvent) => this.pointerMove(event, cells, layout)}
          @pointerup=${(event: PointerEvent) => this.pointerUp(event, cells, layout)}
          @pointerleave=${() => this.point(undefined)}
        ></canvas>
      </kmem-cell-grid>
      ${this.cellText(answer, cells)}`;
  }
  protected override async loadMore(): Promise<void> {
    this.more = await import('./moreOfMap');
  }
  protected override below(answer: PhysicalMap): TemplateResult | typeof nothing {
    if (!this.more) return nothing;
    const { indexTables, zonesTable } = this.more;
    return html`${zonesTable(answer, (first, pages) => this.go({ first, pages }))} ${indexTables(answer, this.previous)}`;
  }
  private bar({ colour }: PhysicalMap, cells: Cells): TemplateResult {
    const button = (label: string, act: () => void, isOff = false) =>
      html`<vscode-button appearance="secondary" ?disabled=${isOff} @click=${act}>${label}</vscode-button>`;
    const { visible } = this;
    const middle = visible.first + visible.pages / 2;
    const zoom = (factor: number) => this.go(zoomed(cells.end, visible, factor, middle));
    return html`<div class="bar">
      <label
        >Colour by
        <select @change=${(event: Event) => this.setColour((event.target as HTMLSelectElement).value as MapColour)}>
          ${MAP_COLOURS.map((name) => html`<option value=${name} ?selected=${name === colour}>${COLOUR_NAMES[name]}</option>`)}
        </select>
      </label>
      <div class="buttons" role="group" aria-label="Part of memory">
        ${button('Zoom in', () => zoom(0.5), visible.pages <= 64)} ${button('Zoom out', () => zoom(2), visible.pages >= cells.end)}
        ${button('Back', () => this.pan(cells, -0.5), visible.first === 0)}
        ${button('Forward', () => this.pan(cells, 0.5), visible.first + visible.pages >= cells.end)}
        ${button('All memory', () => this.go(undefined), visible.pages >= cells.end)}
      </div>
      <span class="quiet" role="status">${rangeText(cells)}</span>
    </div>`;
  }
  /** What is known of the cell that is pointed to. */
  private cellText(answer: PhysicalMap, cells: Cells): TemplateResult {
    const { pointed, cell } = this;
    const text = pointed === undefined ? undefined : this.describe(answer, cells, pointed);
    if (text === undefined)
      return html`<div class="cell"><p class="quiet">Point to a cell, or go to it with the arrow keys: here is what it is. A click or Enter selects it.</p></div>`;
    return html`<div class="cell">
      <p class="what">${text}</p>
      ${cell?.lines.map((line) => html`<p>${line}</p>`) ?? nothing}
      ${cell && cell.frames.length > 1 ? html`<p>${cell.frames.map(({ kind, pages }) => `${kind} ${pages}`).join(', ')}</p>` : nothing}
    </div>`;
  }
  private describe(answer: PhysicalMap, cells: Cells, index: number): string | undefined {
    const value = cells.values[index];
    if (value === undefined) return undefined;
    const first = firstOf(cells, index);
    const last = Math.min(cells.end, first + cells.pagesPerCell) - 1;
    const name = answer.legend.find((entry) => entry.value === value)?.name ?? 'not known yet';
    const share = cells.free?.[index];
    const how = cells.changed[index] ?? 0;
    const changed =
      ['', ', contents changed', ', struct page changed', ', contents and struct page changed'][how] ?? '';
    const border = answer.zones.find((zone) => zone.first >= first && zone.first <= last);
    return [
      first === last ? `pfn ${hex(first)}: ${name}` : `pfn ${hex(first)}–${hex(last)}: ${name}`,
      share === undefined ? '' : `, ${share} % free`,
      changed,
      border ? `, zone ${border.zone} of node ${border.node} begins` : '',
    ].join('');
  }
  override updated(changes: PropertyValues): void {
    super.updated(changes);
    const { answer, cells } = this;
    const canvas = this.canvas;
    if (answer && cells && canvas) drawOnCanvas(canvas, this.drawing(answer, cells));
  }
  private get canvas(): HTMLCanvasElement | null {
    return this.renderRoot.querySelector('canvas');
  }
  private drawing(answer: PhysicalMap, cells: Cells): Drawing {
    return {
      cells,
      layout: layoutOf(this.width, cells.values.length),
      paint: this.paint(answer),
      borders: answer.zones.map((zone) => zone.first),
      selected: this.selected,
    };
  }
  private paint(answer: PhysicalMap): Paint {
    const looks = looksOf(answer);
    const colour = themeColour;
    return {
      cells: new Map([...looks].map(([value, look]) => [value, colour(look.colour, 'editor-background')])),
      signs: new Map([...looks].map(([value, look]) => [value, look.sign])),
      background: colour('editor-background'),
      text: colour('foreground'),
      border: colour('contrastActiveBorder', 'foreground'),
      changed: colour('focusBorder'),
      selected: colour('foreground'),
      lettered: isHighContrast(),
    };
  }

  // ---------------------------------------------------------------- going elsewhere
  private setColour(colour: MapColour): void {
    this.store.setWindow(this.view, { ...this.shown, colour });
  }
  /** Shows a part of memory; all of it for undefined. */
  private go(visible: Visible | undefined): void {
    const end = this.decoded?.cells.end ?? 0;
    this.ahead = visible ?? { first: 0, pages: end };
    this.pointed = undefined;
    const { colour } = this.shown;
    this.store.setWindow(this.view, visible && visible.pages < end ? { colour, visible } : { colour });
  }
  private pan(cells: Cells, share: number): void {
    const { visible } = this;
    this.go(panned(cells.end, visible, visible.pages * share));
  }
  private find({ first, pages }: FoundFrames): void {
    const cells = this.decoded?.cells;
    if (!cells) return;
    this.go(around(cells.end, first, pages));
    this.store.select({ by: 'pfn', pfn: first });
  }
  private choose(cells: Cells, index: number): void {
    if (cells.values[index] === undefined) return;
    this.point(index);
    this.store.select({ by: 'pfn', pfn: firstOf(cells, index) });
  }
  /** Tells of a cell: at once what the map knows, and when the pointer rests the rest. */
  private point(index: number | undefined): void {
    if (index === this.pointed) return;
    this.pointed = index;
    this.cell = undefined;
    clearTimeout(this.resting);
    if (index !== undefined) this.rest(index);
  }
  private rest(index: number): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => void this.askCell(index), REST);
  }
  private async askCell(index: number): Promise<void> {
    const cells = this.decoded?.cells;
    if (!cells || !this.store.isLive || this.ahead) return;
    try {
      const question = { first: firstOf(cells, index), pages: cells.pagesPerCell };
      const cell = await this.store.ask('physicalMap/cell', question);
      if (this.pointed === index) this.cell = cell;
    } catch (error) {
      // the map itself says why nothing can be asked
      if (!(error instanceof Superseded)) this.cell = undefined;
    }
  }
  private key(event: KeyboardEvent, cells: Cells): void {
    const { visible, pointed } = this;
    const at = pointed === undefined ? visible.first + visible.pages / 2 : firstOf(cells, pointed);
    const isPage = event.shiftKey && /^Page(Up|Down)$/.test(event.key);
    if (event.key === '+' || event.key === '=') this.go(zoomed(cells.end, visible, 0.5, at));
    else if (event.key === '-') this.go(zoomed(cells.end, visible, 2, at));
    else if (event.key === '0') this.go(undefined);
    else if (isPage) this.pan(cells, event.key === 'PageUp' ? -0.5 : 0.5);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  private at(event: MouseEvent, cells: Cells, { columns, side }: Layout): number | undefined {
    const column = Math.floor(event.offsetX / side);
    const index = Math.floor(event.offsetY / side) * columns + column;
    return column >= 0 && column < columns && cells.values[index] !== undefined ? index : undefined;
  }
  private wheel(event: WheelEvent, cells: Cells, layout: Layout): void {
    const index = this.at(event, cells, layout);
    if (index === undefined || event.deltaY === 0) return;
    event.preventDefault();
    if (event.shiftKey) this.pan(cells, Math.sign(event.deltaY) / 8);
    else this.go(zoomed(cells.end, this.visible, event.deltaY < 0 ? 0.5 : 2, firstOf(cells, index)));
  }
  private pointerDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.drag = { y: event.clientY, from: this.visible };
    (event.target as Element).setPointerCapture(event.pointerId);
  }
  private pointerMove(event: PointerEvent, cells: Cells, layout: Layout): void {
    const { drag } = this;
    if (!drag) {
      this.point(this.at(event, cells, layout));
      return;
    }
    const rows = Math.round((drag.y - event.clientY) / layout.side);
    const by = rows * layout.columns * cells.pagesPerCell;
    const to = panned(cells.end, drag.from, by);
    if (rows !== 0 && to.first !== this.visible.first) this.go(to);
  }
  private pointerUp(event: PointerEvent, cells: Cells, layout: Layout): void {
    const { drag } = this;
    this.drag = undefined;
    const index = this.at(event, cells, layout);
    if (!drag || Math.abs(event.clientY - drag.y) >= layout.side || index === undefined) return;
    this.renderRoot.querySelector<CellGrid>('kmem-cell-grid')?.moveTo(placeOf(layout, index));
    this.choose(cells, index);
  }

  // ---------------------------------------------------------------- saving
  protected exportable(answer: PhysicalMap): Exportable {
    const cells = this.decoded?.of === answer ? this.decoded.cells : cellsOf(answer);
    const names = new Map(answer.legend.map(({ value, name }) => [value, name]));
    return {
      name: 'physical-map',
      json: answer,
      get table() {
        return [
          ['first pfn', 'frames', answer.colour, 'free of 100', 'changed'],
          ...cells.values.map((value, i) => {
            const first = firstOf(cells, i);
            const frames = Math.min(cells.end, first + cells.pagesPerCell) - first;
            return [first, frames, names.get(value) ?? '', cells.free?.[i] ?? '', cells.changed[i] ?? 0];
          }),
        ];
      },
      svg: () => svgOfMap(answer, this.drawing(answer, cells), looksOf(answer)),
      canvas: () => this.canvas ?? undefined,
    };
  }
}
customElements.define('kmem-physical-map', PhysicalMapView);

function rangeText(cells: Cells): string {
  const last = Math.min(cells.end, firstOf(cells, cells.values.length)) - 1;
  const per = cells.pagesPerCell === 1 ? 'one frame per cell' : `${cells.pagesPerCell} frames per cell`;
  return `pfn ${hex(cells.first)}–${hex(last)}, ${per}`;
}
