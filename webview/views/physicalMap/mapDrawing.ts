/** Draws the cells on a canvas, and the same as SVG. */
import type { PhysicalMapAnswer } from '../../../server/debugger/inspector/shapes/physicalMap';
import { svgDocument, xmlText } from '../../ui/exports';
import type { Look } from '../../ui/ownerColours';
import { boxOf, type Cells, firstOf, type Layout, placeOf } from './mapCells';

/** Colours of the theme, as a canvas takes them. */
export interface Paint {
  /** by value */
  readonly cells: ReadonlyMap<number, string>;
  readonly signs: ReadonlyMap<number, string>;
  readonly background: string;
  readonly text: string;
  readonly border: string;
  readonly changed: string;
  readonly selected: string;
  /** letters in the cells too */
  readonly lettered: boolean;
}
export interface Drawing {
  readonly cells: Cells;
  readonly layout: Layout;
  readonly paint: Paint;
  /** first frames of zones */
  readonly borders: readonly number[];
  /** frame that is selected */
  readonly selected: number | undefined;
}

/** What is drawn: rectangles, lines and letters, whoever draws them. */
interface Pen {
  fill(x: number, y: number, width: number, height: number, colour: string): void;
  frame(x: number, y: number, width: number, height: number, colour: string, thick: number): void;
  letter(x: number, y: number, text: string, size: number, colour: string): void;
}
const GAP = 1;

function draw(pen: Pen, { cells, layout, paint, borders, selected }: Drawing): void {
  const { side, columns } = layout;
  const { values, free, changed } = cells;
  const gap = side >= 7 ? GAP : 0;
  for (let i = 0; i < values.length; ) {
    const value = values[i] as number;
    // cells of a value that follow one another in a row are one rectangle
    const end = Math.min(values.length, i - (i % columns) + columns);
    let next = i + 1;
    while (next < end && values[next] === value) next++;
    const { x, y } = boxOf(layout, placeOf(layout, i));
    pen.fill(x, y, (next - i) * side - gap, side - gap, paint.cells.get(value) ?? paint.background);
    i = next;
  }
  // and are told apart by lines
  if (gap > 0)
    for (let column = 1; column < columns; column++)
      pen.fill(column * side - gap, 0, gap, layout.rows * side, paint.background);
  const isLettered = paint.lettered && side >= 9;
  for (let i = 0; i < values.length; i++) {
    const share = free?.[i] ?? 0;
    const how = changed[i] ?? 0;
    const sign = isLettered ? (paint.signs.get(values[i] as number) ?? '') : '';
    const isShared = share > 0 && share < 100;
    // most cells of a large machine are nothing but their colour
    if (!isShared && how === 0 && sign === '') continue;
    const { x, y } = boxOf(layout, placeOf(layout, i));
    // how much of a cell that is mostly free is taken, and how much of another is free
    if (isShared) pen.fill(x, y + side - gap - 2, Math.max(1, ((side - gap) * (100 - share)) / 100), 2, paint.text);
    if (sign !== '' && sign !== '.' && sign !== ' ') pen.letter(x + side / 2, y + side - 2, sign, side - 1, paint.text);
    if (how & 2) pen.frame(x, y, side - gap, side - gap, paint.changed, Math.max(1, side / 6));
    else if (how & 1) pen.fill(x, y, Math.max(2, side / 3), Math.max(2, side / 3), paint.changed);
  }
  for (const pfn of borders) {
    const i = Math.floor((pfn - cells.first) / cells.pagesPerCell);
    if (i < 0 || i >= values.length) continue;
    const { x, y } = boxOf(layout, placeOf(layout, i));
    pen.fill(x - 1, y - 1, 2, side + 1, paint.border);
    pen.fill(x - 1, y - 1, columns * side - x, 1, paint.border);
  }
  if (selected === undefined) return;
  const at = Math.floor((selected - cells.first) / cells.pagesPerCell);
  if (at < 0 || at >= values.length) return;
  const { x, y } = boxOf(layout, placeOf(layout, at));
  pen.frame(x - 1, y - 1, side + 1, side + 1, paint.selected, 2);
}

export function drawOnCanvas(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { layout, paint } = drawing;
  const ratio = globalThis.devicePixelRatio || 1;
  const [width, height] = [layout.columns * layout.side, layout.rows * layout.side];
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  canvas.style.setProperty('width', `${width}px`);
  canvas.style.setProperty('height', `${height}px`);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = paint.background;
  context.fillRect(0, 0, width, height);
  let colour = '';
  const use = (wanted: string) => {
    // setting it parses the colour: most cells have the one before's
    if (wanted !== colour) context.fillStyle = wanted;
    colour = wanted;
  };
  context.textAlign = 'center';
  let size = 0;
  draw(
    {
      fill(x, y, cellWidth, cellHeight, wanted) {
        use(wanted);
        context.fillRect(x, y, cellWidth, cellHeight);
      },
      frame(x, y, cellWidth, cellHeight, wanted, thick) {
        context.strokeStyle = wanted;
        context.lineWidth = thick;
        context.strokeRect(x + thick / 2, y + thick / 2, cellWidth - thick, cellHeight - thick);
      },
      letter(x, y, text, wantedSize, wanted) {
        use(wanted);
        if (size !== wantedSize) context.font = `${wantedSize}px monospace`;
        size = wantedSize;
        context.fillText(text, x, y);
      },
    },
    drawing,
  );
}

const LINE = 18;
/** The map with its legend. */
export function svgOfMap(answer: PhysicalMapAnswer, drawing: Drawing, looks: ReadonlyMap<number, Look>): string {
  const { layout, paint, cells } = drawing;
  const shapes: string[] = [];
  const width = layout.columns * layout.side + 20;
  const top = 30;
  const rect = (x: number, y: number, w: number, h: number, colour: string, more = '') =>
    `<rect x="${x + 10}" y="${y + top}" width="${w}" height="${h}" fill="${xmlText(colour)}"${more}/>`;
  const text = (x: number, y: number, content: string, size = 12, more = '') =>
    `<text x="${x + 10}" y="${y + top}" font-family="sans-serif" font-size="${size}" fill="${xmlText(paint.text)}"${more}>${xmlText(content)}</text>`;
  const last = firstOf(cells, cells.values.length) - 1;
  shapes.push(
    text(
      0,
      -10,
      `pfn 0x${cells.first.toString(16)}–0x${Math.min(last, cells.end - 1).toString(16)}, ${answer.moment.label}`,
      14,
    ),
  );
  draw(
    {
      fill: (x, y, w, h, colour) => void shapes.push(rect(x, y, w, h, colour)),
      frame: (x, y, w, h, colour, thick) =>
        void shapes.push(rect(x, y, w, h, 'none', ` stroke="${xmlText(colour)}" stroke-width="${thick}"`)),
      letter: (x, y, sign, size, colour) =>
        void shapes.push(text(x, y, sign, size, ` text-anchor="middle" data-colour="${xmlText(colour)}"`)),
    },
    drawing,
  );
  const bottom = layout.rows * layout.side + 20;
  answer.legend.forEach(({ value, name, pages }, i) => {
    const y = bottom + i * LINE;
    shapes.push(
      rect(
        0,
        y,
        12,
        12,
        paint.cells.get(value) ?? paint.background,
        ` stroke="${xmlText(paint.text)}" stroke-width="0.5"`,
      ),
    );
    shapes.push(text(20, y + 11, `${looks.get(value)?.sign ?? ''} ${name}: ${pages} pages`));
  });
  return svgDocument(width, top + bottom + answer.legend.length * LINE + 10, shapes, paint.background);
}
