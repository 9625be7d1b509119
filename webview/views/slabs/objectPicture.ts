/**
 * The objects of a slab in memory order, with red zones and padding to scale, and arrows from each free object to the next on its freelist.
 * The same picture is drawn on the page and saved as a file.
 */
import { svg, type TemplateResult } from 'lit';
import type { PageObject } from '../../../server/debugger/inspector/shapes/slabs';
import type { CellBox } from '../../ui/cellGrid';
import { svgDocument, xmlText } from '../../ui/exports';
import type { CellPlace } from '../../ui/gridKeys';
import { type Page, STATES } from './slabText';

const BOX = 92;
const HEIGHT = 46;
const GAP = 14;
/** between rows: room for arrows */
const ROW_GAP = 30;
const COLUMNS = 8;

export interface Box extends CellBox {
  readonly object: PageObject;
}
/** Places of the objects, row by row. */
export const boxesOf = ({ objects }: Page): readonly Box[] =>
  objects.map((object, i) => ({
    object,
    x: GAP + (i % COLUMNS) * (BOX + GAP),
    y: ROW_GAP + Math.floor(i / COLUMNS) * (HEIGHT + ROW_GAP),
    width: BOX,
    height: HEIGHT,
  }));
export const columnsOf = ({ objects }: Page): number => Math.max(1, Math.min(COLUMNS, objects.length));
export const rowsOf = ({ objects }: Page): number => Math.max(1, Math.ceil(objects.length / COLUMNS));
export const indexOf = ({ row, column }: CellPlace): number => row * COLUMNS + column;
export const cellOf = (index: number): CellPlace => ({ row: Math.floor(index / COLUMNS), column: index % COLUMNS });
export const sizeOf = (page: Page): { width: number; height: number } => ({
  width: GAP + columnsOf(page) * (BOX + GAP),
  height: ROW_GAP + rowsOf(page) * (HEIGHT + ROW_GAP),
});

/** What lies around the object in its place, as pieces of the box's lower edge. */
interface Strip {
  readonly x: number;
  readonly width: number;
  readonly kind: 'redzone' | 'meta' | 'object';
}
const KINDS: Readonly<Record<string, Strip['kind']>> = {
  object: 'object',
  'left red zone': 'redzone',
  'red zone': 'redzone',
};
const STRIP = 7;
function stripsOf({ size, parts }: Page, { x, width }: CellBox): readonly Strip[] {
  if (size === 0 || parts.length < 2) return [];
  const scale = width / size;
  const inPlace = parts.filter((part) => part.what !== 'free pointer' || part.offset >= endOfObject(parts));
  return inPlace.map(({ what, offset, bytes }) => ({
    x: x + offset * scale,
    width: Math.max(1, bytes * scale),
    kind: KINDS[what] ?? 'meta',
  }));
}
function endOfObject(parts: Page['parts']): number {
  const object = parts.find(({ what }) => what === 'object');
  return object ? object.offset + object.bytes : 0;
}
/** From the middle of one box to the middle of another, round those between. */
function arrowPath(from: Box, to: Box): string {
  const middle = (box: Box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const [a, b] = [middle(from), middle(to)];
  if (from.y !== to.y) {
    const down = to.y > from.y;
    const y1 = down ? from.y + from.height : from.y;
    const y2 = down ? to.y : to.y + to.height;
    return `M ${a.x} ${y1} C ${a.x} ${(y1 + y2) / 2}, ${b.x} ${(y1 + y2) / 2}, ${b.x} ${y2}`;
  }
  const right = to.x > from.x;
  if (Math.abs(to.x - from.x) <= BOX + GAP) {
    return `M ${right ? from.x + from.width : from.x} ${a.y} L ${right ? to.x : to.x + to.width} ${b.y}`;
  }
  return `M ${a.x} ${from.y} C ${a.x} ${from.y - ROW_GAP}, ${b.x} ${to.y - ROW_GAP}, ${b.x} ${to.y}`;
}
function arrowsOf(boxes: readonly Box[]): string[] {
  const at = new Map(boxes.map((box) => [box.object.index, box]));
  return boxes.flatMap((box) => {
    const to = box.object.next?.index === undefined ? undefined : at.get(box.object.next.index);
    return to ? [arrowPath(box, to)] : [];
  });
}

/** The picture on the page: colours by class. */
export function drawObjects(page: Page, selected: string | undefined, choose: (index: number) => void): TemplateResult {
  const boxes = boxesOf(page);
  const { width, height } = sizeOf(page);
  return svg`<svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
    <defs>
      <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path class="tip" d="M 0 0 L 8 4 L 0 8 z"></path>
      </marker>
    </defs>
    ${boxes.map((box, i) => {
      const { object, x, y } = box;
      const chosen = object.address === selected;
      return svg`<g class="object ${object.state} ${chosen ? 'chosen' : ''}" @click=${() => choose(i)}>
        <rect class="box" x=${x} y=${y} width=${BOX} height=${HEIGHT}></rect>
        <text class="sign" x=${x + 6} y=${y + 16}>${STATES[object.state].sign}</text>
        <text x=${x + 22} y=${y + 16}>${object.index}</text>
        <text class="small" x=${x + 6} y=${y + 31}>…${object.address.slice(-5)}</text>
        ${object.place === 0 ? svg`<text class="small" x=${x + BOX - 34} y=${y + 31}>next</text>` : ''}
        ${object.damage.length > 0 ? svg`<text class="damage" x=${x + BOX - 14} y=${y + 16}>!</text>` : ''}
        ${stripsOf(page, box).map(
          (strip) =>
            svg`<rect class="strip ${strip.kind}" x=${strip.x} y=${y + HEIGHT - STRIP} width=${strip.width} height=${STRIP}></rect>`,
        )}
      </g>`;
    })}
    ${arrowsOf(boxes).map((d) => svg`<path class="arrow" d=${d} marker-end="url(#tip)"></path>`)}
  </svg>` as unknown as TemplateResult;
}

export interface PictureColours {
  readonly text: string;
  readonly background: string;
  readonly states: Readonly<Record<PageObject['state'], string>>;
  readonly damage: string;
}
/** The same as a document. */
export function svgOfObjects(page: Page, title: string, colours: PictureColours): string {
  const { width, height } = sizeOf(page);
  const top = 24;
  const ink = xmlText(colours.text);
  const text = (x: number, y: number, value: string, fill = ink) =>
    `<text x="${x}" y="${y + top}" fill="${fill}" font-family="monospace" font-size="12">${xmlText(value)}</text>`;
  const boxes = boxesOf(page);
  const shapes = [
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
    `<path d="M 0 0 L 8 4 L 0 8 z" fill="${ink}"/></marker></defs>`,
    text(GAP, -6, title),
    ...boxes.flatMap(({ object, x, y }) => [
      `<rect x="${x}" y="${y + top}" width="${BOX}" height="${HEIGHT}" fill="none" stroke="${xmlText(colours.states[object.state])}" stroke-width="2"/>`,
      text(x + 6, y + 16, `${STATES[object.state].sign} ${object.index}`),
      text(x + 6, y + 31, `…${object.address.slice(-5)}`),
      ...(object.damage.length > 0 ? [text(x + BOX - 14, y + 16, '!', xmlText(colours.damage))] : []),
    ]),
    `<g transform="translate(0 ${top})">`,
    ...arrowsOf(boxes).map((d) => `<path d="${d}" fill="none" stroke="${ink}" marker-end="url(#tip)"/>`),
    '</g>',
  ];
  return svgDocument(Math.max(width, 24 + title.length * 7.5), height + top, shapes, colours.background);
}
