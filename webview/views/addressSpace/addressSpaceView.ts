/** The address space: lanes to scale on a canvas, with a zoom, and tables of what is in the window. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import { ADDRESS_SPACE_QUESTION } from '../../../server/debugger/inspector/shapes/addressSpace';
import '../../ui/cellGrid';
import type { CellBox, CellGrid } from '../../ui/cellGrid';
import { themeColour } from '../../ui/colours';
import type { CellPlace } from '../../ui/gridKeys';
import '../../ui/dataTable';
import type { Choose } from '../../ui/dataTable';
import { type Exportable, svgDocument, xmlText } from '../../ui/exports';
import type { LegendEntry } from '../../ui/legend';
import { contextOf, Surroundings } from '../../ui/surroundings';
import { bytesText } from '../../ui/words';
import { ViewElement } from '../../viewElement';
import {
  areaText,
  COLOURS,
  type Colour,
  type Lane,
  lanesOf,
  slotText,
  type Thing,
  type Visible,
  windowAround,
  windowOver,
} from './spaceLanes';

type Space = Answer<'addressSpace'>;
interface Range {
  readonly first: string;
  readonly last: string;
}
/** What is drawn. */
interface Box extends CellBox {
  readonly kind: 'name' | 'thing';
  readonly label: string;
  /** the legend's letter */
  readonly sign: string;
  /** free pixels behind it */
  readonly room: number;
  readonly fill: string;
  readonly isPointed: boolean;
}
/** CSS pixels: of a lane, of its name on the left, the least of a thing, and of one with a label or with its sign. */
const LANE = 34;
const NAMES = 110;
const LEAST = 3;
const LABEL = 46;
const SIGN = 14;
const CELLS = 1000;
const ZOOM = 4;

export class AddressSpaceView extends ViewElement<'addressSpace'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      canvas {
        display: block;
        width: 100%;
        height: var(--height);
        touch-action: none;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4em;
        align-items: center;
        margin: 0.4em 0;
      }
      .tip {
        min-height: 2.6em;
      }
    `,
  ];
  protected readonly view = 'addressSpace' as const;
  private lanes: readonly Lane[] = [];
  /** what is under the pointer, or where the arrow keys have come to */
  private pointed: Thing | undefined;
  private drag: { readonly x: number; readonly from: Range; moved: boolean } | undefined;

  // ---------------------------------------------------------------- the window
  private get asked(): Question<'addressSpace'> | undefined {
    return this.store.windowOf('addressSpace', ADDRESS_SPACE_QUESTION);
  }
  protected question(): Question<'addressSpace'> {
    return { cells: CELLS, ...this.asked };
  }
  private show(window: Range | undefined): void {
    this.store.setWindow('addressSpace', { cells: CELLS, ...(window ?? {}) });
  }
  /** The range that is drawn: what the user wants to see, though the answer may not be there yet. */
  private range(space: Space): Range {
    const { first = space.whole.first, last = space.whole.last } = this.asked ?? {};
    return { first, last };
  }
  private visible(space: Space): Visible {
    const { first, last } = this.range(space);
    return { first: BigInt(first), bytes: Number(BigInt(last) - BigInt(first)) + 1 };
  }
  private zoom(space: Space, factor: number, share = 0.5): void {
    const { first, bytes } = this.visible(space);
    const centre = first + BigInt(Math.round(bytes * share));
    this.show(windowAround(space.whole, centre, share, bytes * factor));
  }
  private pan(space: Space, share: number, from: Range = this.range(space)): void {
    const first = BigInt(from.first);
    const bytes = Number(BigInt(from.last) - first) + 1;
    this.show(windowAround(space.whole, first + BigInt(Math.round(bytes * share)), 0, bytes));
  }
  private zoomTo(space: Space, range: Range): void {
    this.show(windowOver(space.whole, range));
  }

  // ---------------------------------------------------------------- the page
  protected override legend(): readonly LegendEntry[] {
    const seen = new Set(this.lanes.flatMap((lane) => lane.things.map((t) => t.colour)));
    return (Object.keys(COLOURS) as Colour[]).filter((colour) => seen.has(colour)).map((colour) => COLOURS[colour]);
  }
  protected override willUpdate(): void {
    if (this.answer) this.lanes = lanesOf(this.answer, this.visible(this.answer));
  }
  protected picture(space: Space): TemplateResult {
    const { first, last } = this.range(space);
    const button = (label: string, act: () => void) =>
      html`<vscode-button appearance="secondary" @click=${act}>${label}</vscode-button>`;
    return html`<div class="bar" role="group" aria-label="What is visible">
        ${button('Zoom in', () => this.zoom(space, 1 / ZOOM))} ${button('Zoom out', () => this.zoom(space, ZOOM))}
        ${button('Lower', () => this.pan(space, -0.5))} ${button('Higher', () => this.pan(space, 0.5))}
        ${button('Whole', () => this.show(undefined))}
        <span><code>${first}</code>–<code>${last}</code>, ${bytesText(this.visible(space).bytes)}</span>
      </div>
      ${space.problem ? html`<p class="problem">${space.problem}.</p>` : nothing}
      <kmem-cell-grid
        name="The address space in lanes; Enter zooms to what the arrow keys have come to"
        .rows=${this.lanes.length}
        .columns=${Math.max(0, ...this.lanes.map((lane) => lane.things.length))}
        .describe=${(place: CellPlace) => this.describe(place)}
        .boxOf=${(place: CellPlace) => this.boxOf(place)}
        @cell-move=${(event: CustomEvent<CellPlace>) => this.point(this.at(event.detail))}
        @cell-choose=${(event: CustomEvent<CellPlace>) => this.choose(space, this.at(event.detail), true)}
      >
        <canvas
          @pointermove=${(event: PointerEvent) => this.hover(space, event)}
          @pointerleave=${() => this.point(undefined)}
          @pointerdown=${this.press}
          @pointerup=${(event: PointerEvent) => this.release(space, event)}
          @dblclick=${(event: MouseEvent) => this.choose(space, this.under(event), true)}
          @wheel=${(event: WheelEvent) => this.wheel(space, event)}
        ></canvas>
      </kmem-cell-grid>
      <p class="tip">${this.pointed?.text ?? 'Point at something to read what it is; click selects it, a double click zooms to it, the wheel zooms, dragging moves.'}</p>
      ${this.tables(space)}`;
  }
  private tables(space: Space): TemplateResult {
    const { vmalloc } = space;
    const zooms =
      (ranges: readonly Range[]) =>
      ({ detail }: Choose) => {
        const range = ranges[detail];
        if (range) this.zoomTo(space, range);
      };
    const table = (
      name: string,
      columns: readonly string[],
      rows: readonly (readonly string[])[],
      choose: (e: Choose) => void,
      changed: readonly boolean[] = [],
    ) =>
      rows.length === 0
        ? nothing
        : html`<h2>${name}</h2>
            <kmem-table name=${name} .columns=${columns} .rows=${rows.map((cells, i) => ({ cells, changed: changed[i] === true }))} choosable @choose=${choose}></kmem-table>`;
    const slots = space.slots.flatMap(({ list }) => list);
    const areas = areasOf(space);
    return html`${table(
      'Regions',
      ['region', 'first', 'last', 'size', 'for'],
      space.regions.map((r) => [r.name, r.first, r.last, bytesText(r.bytes), r.what]),
      zooms(space.regions),
    )}
      <h2>vmalloc space</h2>
      <p>
        ${vmalloc.areas} areas in use with ${vmalloc.pages} pages; ${vmalloc.lazyAreas} freed lazily
        (${vmalloc.lazyPages} pages of ${vmalloc.lazyMaxPages} before a purge); ${bytesText(vmalloc.freeBytes)} of
        addresses free, ${bytesText(vmalloc.largestFreeBytes)} in one run.
      </p>
${table(
  'Areas in the window',
  AREA_COLUMNS,
  areas.map(areaRow),
  ({ detail }) => {
    const area = areas[detail];
    if (!area) return;
    if ('state' in area) this.store.select({ by: 'address', address: area.first });
    else this.zoomTo(space, area);
  },
  areas.map((area) => this.isChanged(space, area)),
)}
      ${table(
        'Slots in use',
        ['slot', 'address', 'maps'],
        slots.map((slot) => [slot.name, slot.address, slotText(slot)]),
        ({ detail }) => slots[detail] && this.store.select({ by: 'pfn', pfn: slots[detail].pfn }),
      )}
      ${table(
        'Chunks of per-CPU memory',
        ['chunk', 'list', 'free', 'in one run', 'pages with memory', 'first CPU at'],
        space.chunks.map((c) => [
          c.name,
          c.standing,
          bytesText(c.freeBytes),
          bytesText(c.largestBytes),
          `${c.backed} of ${c.pages}`,
          c.units[0]?.first ?? '',
        ]),
        ({ detail }) => {
          const unit = space.chunks[detail]?.units[0];
          if (unit) this.zoomTo(space, unit);
        },
      )}`;
  }

  /** The last step has made the area, or has changed what is known of it. */
  private isChanged(space: Space, area: Space['areas'][number]): boolean {
    const { previous } = this;
    if (!previous || previous.window.first !== space.window.first || previous.window.last !== space.window.last)
      return false;
    const then = previous.areas.find(({ first }) => first === area.first);
    return JSON.stringify(then) !== JSON.stringify(area);
  }

  // ---------------------------------------------------------------- things on the picture
  private at({ row, column }: CellPlace): Thing | undefined {
    return this.lanes[row]?.things[column];
  }
  private describe(place: CellPlace): string | undefined {
    const thing = this.at(place);
    return thing && `${this.lanes[place.row]?.name}, ${thing.text}`;
  }
  private get width(): number {
    return this.renderRoot.querySelector('canvas')?.clientWidth ?? 0;
  }
  private boxOf(place: CellPlace): CellBox {
    const thing = this.at(place);
    if (!thing || !this.answer) return { x: 0, y: 0, width: 0, height: 0 };
    const { x, width } = this.across(thing, this.visible(this.answer).bytes, this.width);
    return { x, y: place.row * LANE + 4, width, height: LANE - 8 };
  }
  /** Where a thing is drawn, to scale; what is smaller than some pixels is drawn so large. */
  private across({ from, to }: Thing, bytes: number, width: number): { x: number; width: number } {
    const scale = (width - NAMES) / bytes;
    const left = NAMES + Math.max(0, from) * scale;
    const right = NAMES + Math.min(bytes, to) * scale;
    return { x: Math.min(left, width - LEAST), width: Math.max(LEAST, right - left) };
  }
  private placeUnder({ offsetX, offsetY }: MouseEvent): CellPlace | undefined {
    const row = Math.floor(offsetY / LANE);
    const { answer } = this;
    if (!answer) return undefined;
    const bytes = this.visible(answer).bytes;
    const things = this.lanes[row]?.things ?? [];
    const column = things.findLastIndex((thing) => {
      const { x, width } = this.across(thing, bytes, this.width);
      return offsetX >= x && offsetX <= x + width;
    });
    return column < 0 ? undefined : { row, column };
  }
  private under(event: MouseEvent): Thing | undefined {
    const place = this.placeUnder(event);
    return place && this.at(place);
  }
  private point(thing: Thing | undefined): void {
    if (thing === this.pointed) return;
    this.pointed = thing;
    this.requestUpdate();
  }
  private choose(space: Space, thing: Thing | undefined, zoom: boolean): void {
    if (!thing) return;
    if (thing.select) this.store.select(thing.select);
    if (zoom) this.zoomTo(space, thing);
  }

  // ---------------------------------------------------------------- the pointer
  private press(event: PointerEvent): void {
    if (this.answer) this.drag = { x: event.offsetX, from: this.range(this.answer), moved: false };
  }
  private hover(space: Space, event: PointerEvent): void {
    const { drag } = this;
    if (!drag || event.buttons === 0) {
      this.drag = undefined;
      this.point(this.under(event));
      return;
    }
    const moved = event.offsetX - drag.x;
    if (!drag.moved && Math.abs(moved) < 4) return;
    drag.moved = true;
    this.pan(space, -moved / Math.max(1, this.width - NAMES), drag.from);
  }
  private release(space: Space, event: PointerEvent): void {
    const { drag } = this;
    this.drag = undefined;
    if (drag?.moved) return;
    const place = this.placeUnder(event);
    if (!place) return;
    this.renderRoot.querySelector<CellGrid>('kmem-cell-grid')?.moveTo(place);
    this.choose(space, this.at(place), false);
  }
  private wheel(space: Space, event: WheelEvent): void {
    if (event.shiftKey || event.deltaY === 0) return;
    event.preventDefault();
    const share = Math.min(1, Math.max(0, (event.offsetX - NAMES) / Math.max(1, this.width - NAMES)));
    this.zoom(space, event.deltaY > 0 ? 2 : 0.5, share);
  }

  // ---------------------------------------------------------------- drawing
  constructor() {
    super();
    new Surroundings(this, () => this.draw());
  }
  override updated(): void {
    this.draw();
  }
  private draw(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    if (!canvas || !this.answer) return;
    const height = Math.max(1, this.lanes.length) * LANE;
    const context = contextOf(canvas, height);
    if (!context) return;
    const text = themeColour('foreground');
    const style = getComputedStyle(this);
    context.font = `${style.fontSize} ${style.fontFamily}`;
    context.textBaseline = 'middle';
    for (const box of this.boxes(canvas.clientWidth)) {
      if (box.kind === 'name') {
        context.fillStyle = text;
        context.fillText(box.label, 0, box.y + box.height / 2, NAMES - 8);
        continue;
      }
      context.fillStyle = box.fill;
      context.fillRect(box.x, box.y, box.width, box.height);
      context.strokeStyle = text;
      context.lineWidth = box.isPointed ? 2 : 0.5;
      context.strokeRect(box.x, box.y, box.width, box.height);
      this.drawLabel(context, box, text);
    }
  }
  /** On the thing, or behind a thing that is too small, as far as there is room. */
  private drawLabel(context: CanvasRenderingContext2D, box: Box, text: string): void {
    if (box.width >= SIGN && box.width < LABEL) {
      context.fillStyle = themeColour('editor-background');
      context.fillText(
        box.sign,
        box.x + box.width / 2 - context.measureText(box.sign).width / 2,
        box.y + box.height / 2,
      );
    }
    const isInside = box.width >= LABEL;
    const x = isInside ? box.x + 6 : box.x + box.width + 4;
    const room = isInside ? box.width - 8 : box.room - 4;
    const wide = context.measureText(box.label).width;
    if (room < LABEL - 6 || (!isInside && wide > room)) return;
    context.save();
    context.beginPath();
    context.rect(x - 3, box.y, room, box.height);
    context.clip();
    if (isInside) {
      // beside the colour and not on it, so that it can be read in every theme
      context.fillStyle = themeColour('editor-background');
      context.fillRect(x - 3, box.y + 4, Math.min(room, wide + 6), box.height - 8);
    }
    context.fillStyle = text;
    context.fillText(box.label, x, box.y + box.height / 2);
    context.restore();
  }
  private *boxes(width: number): Generator<Box> {
    const { answer } = this;
    if (!answer) return;
    const bytes = this.visible(answer).bytes;
    for (const [row, { name, things }] of this.lanes.entries()) {
      const y = row * LANE + 4;
      const height = LANE - 8;
      yield { kind: 'name', label: name, x: 0, y, width: NAMES, room: 0, sign: '', height, fill: '', isPointed: false };
      const places = things.map((thing) => this.across(thing, bytes, width));
      for (const [i, thing] of things.entries()) {
        const place = places[i] as { x: number; width: number };
        const room = (places[i + 1]?.x ?? width) - place.x - place.width;
        const { colour, sign } = COLOURS[thing.colour];
        const fill = themeColour(colour);
        yield {
          kind: 'thing',
          label: thing.label,
          ...place,
          room,
          sign,
          y,
          height,
          fill,
          isPointed: thing === this.pointed,
        };
      }
    }
  }

  // ---------------------------------------------------------------- saving
  protected exportable(space: Space): Exportable {
    return {
      name: 'address-space',
      json: space,
      table: [
        ['what', 'name', 'first', 'last', 'bytes', 'details'],
        ...space.regions.map((r) => ['region', r.name, r.first, r.last, r.bytes, r.what]),
        ...space.mapped.map((m) => ['mapped', m.partly ? 'partly' : m.flags.join(' '), m.first, m.last, m.bytes, '']),
        ...areasOf(space).map((a) => ['area', areaRow(a)[3] ?? '', a.first, a.last, a.bytes, areaRow(a)[4] ?? '']),
        ...space.holes.map((h) => ['free addresses', '', h.first, h.last, h.bytes, '']),
      ],
      svg: () => this.svg(),
      canvas: () => this.renderRoot.querySelector('canvas') ?? undefined,
    };
  }
  private svg(): string {
    const width = Math.max(600, this.width);
    const text = themeColour('foreground');
    const shapes = [...this.boxes(width)].map(({ kind, label, x, y, width: wide, height, fill }) => {
      const shown = `<text x="${kind === 'name' ? 0 : x + 6}" y="${y + height / 2 + 4}" font-family="sans-serif" font-size="12" fill="${xmlText(text)}">${xmlText(label)}</text>`;
      if (kind === 'name') return shown;
      const box = `<rect x="${x}" y="${y}" width="${wide}" height="${height}" fill="${xmlText(fill)}" stroke="${xmlText(text)}" stroke-width="0.5"><title>${xmlText(label)}</title></rect>`;
      return wide < label.length * 7 + 8 ? box : `${box}${shown}`;
    });
    return svgDocument(width, this.lanes.length * LANE, shapes, themeColour('editor-background'));
  }
}
customElements.define('kmem-address-space', AddressSpaceView);

const AREA_COLUMNS = ['first', 'last', 'size', 'state', 'what'];
const areasOf = (space: Space): Space['areas'] => space.areas;
function areaRow(area: Space['areas'][number]): readonly string[] {
  const range = [area.first, area.last, bytesText(area.bytes)];
  if (!('state' in area)) return [...range, `${area.areas} areas`, `${bytesText(area.areaBytes)}; zoom in`];
  return [...range, area.state, [area.flags.join(' '), areaText(area)].filter((t) => t !== '').join(', ')];
}
