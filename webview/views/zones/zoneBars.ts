/** The bars of a zone: where its pages are, and free pages against the watermarks. The same shapes on the page and in an SVG file. */
import { svg, type TemplateResult } from 'lit';
import type { ZoneState } from '../../../server/debugger/inspector/shapes/zones';
import { xmlText } from '../../ui/exports';

/** Parts of a zone and watermarks, with the colour of the theme and the sign that the legend shows. */
export const PARTS = {
  freeLists: { label: 'on the free lists', colour: 'charts-blue', sign: 'F' },
  pcp: { label: "on the CPUs' lists", colour: 'charts-green', sign: 'P' },
  used: { label: 'in use', colour: 'disabledForeground', sign: 'U' },
  min: { label: 'min: only urgent requests go below it', colour: 'charts-red', sign: 'm' },
  low: { label: 'low: kswapd is woken', colour: 'symbolIcon-classForeground', sign: 'l' },
  high: { label: 'high: kswapd stops', colour: 'charts-yellow', sign: 'h' },
} as const;
export type Part = keyof typeof PARTS;

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly part: Part;
}
interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}
export interface Bars {
  readonly width: number;
  readonly height: number;
  readonly rects: readonly Rect[];
  readonly labels: readonly Label[];
}
const BAR = 14;
/** beside the bars, for their figures */
const FIGURES = 130;
/** of bars and figures where there is room */
export const BARS_WIDTH = 520 + FIGURES;
export const number = (value: number): string => value.toLocaleString('en');

/** The bars of a zone, at most `room` wide with their figures, in CSS pixels. */
export function barsOf(zone: ZoneState, room: number = BARS_WIDTH): Bars {
  const width = Math.max(120, Math.min(room, BARS_WIDTH) - FIGURES);
  const rects: Rect[] = [];
  let x = 0;
  const add = (part: Part, pages: number, of: number, y: number) => {
    const length = of === 0 ? 0 : (width * pages) / of;
    if (length > 0) rects.push({ x, y, width: length, height: BAR, part });
    x += length;
  };
  const used = Math.max(0, zone.managed - zone.freeLists - zone.pcp);
  add('freeLists', zone.freeLists, zone.managed, 0);
  add('pcp', zone.pcp, zone.managed, 0);
  add('used', used, zone.managed, 0);
  // the lower bar is a part of the upper one: three times what the highest watermark is
  const scale = Math.max(1, 3 * (zone.high + zone.boost));
  x = 0;
  const top = BAR + 8;
  add('freeLists', Math.min(zone.free, scale), scale, top);
  const labels: Label[] = [];
  for (const mark of ['min', 'low', 'high'] as const) {
    const at = (width * (zone[mark] + zone.boost)) / scale;
    rects.push({ x: at - 1, y: top - 4, width: 3, height: BAR + 8, part: mark });
    labels.push({ x: at - 3, y: top + BAR + 16, text: PARTS[mark].sign });
  }
  const text = zone.free > scale ? `${number(zone.free)} free →` : `${number(zone.free)} free`;
  labels.push({ x: width + 6, y: top + BAR - 3, text });
  labels.push({ x: width + 6, y: BAR - 3, text: `${number(zone.managed)} pages` });
  return { width: width + FIGURES, height: top + BAR + 22, rects, labels };
}
/** The shapes of bars for the page; the classes have the colours. */
export const shapesOf = ({ rects, labels }: Bars): TemplateResult[] => [
  ...rects.map(
    ({ x, y, width, height, part }) => svg`<rect class=${part} x=${x} y=${y} width=${width} height=${height}></rect>`,
  ),
  ...labels.map(({ x, y, text }) => svg`<text x=${x} y=${y}>${text}</text>`),
];
/** The same as text of an SVG document, `dy` further down. */
export const svgOfBars = ({ rects, labels }: Bars, dy: number, colourOf: (name: string) => string): string[] => [
  ...rects.map(
    ({ x, y, width, height, part }) =>
      `<rect x="${x + 12}" y="${y + dy}" width="${width}" height="${height}" fill="${xmlText(colourOf(PARTS[part].colour))}"/>`,
  ),
  ...labels.map(
    ({ x, y, text }) =>
      `<text x="${x + 12}" y="${y + dy}" font-size="12" font-family="sans-serif" fill="${xmlText(colourOf('foreground'))}">${xmlText(text)}</text>`,
  ),
];
/** What the bars say, for those who do not see them. */
export function barsText(zone: ZoneState): string {
  const { boost } = zone;
  return (
    `${zone.name} of node ${zone.node}: ${number(zone.managed)} pages, ${number(zone.free)} free; ` +
    `min ${number(zone.min + boost)}, low ${number(zone.low + boost)}, high ${number(zone.high + boost)}. ${stateText(zone)}`
  );
}
/** The zone against its watermarks, in words. */
export function stateText({ below, boost, kswapd, highatomic }: ZoneState): string {
  const state =
    below === undefined
      ? 'Above its watermarks.'
      : {
          min: 'At min or below: ordinary requests fail here.',
          low: 'At low or below: kswapd is wanted.',
          high: 'Between low and high.',
        }[below];
  return [
    state,
    boost > 0 ? `The watermarks are boosted by ${number(boost)} pages.` : '',
    highatomic > 0 ? `${number(highatomic)} pages are kept for urgent requests of higher orders.` : '',
    kswapd === 'hopeless' ? 'kswapd has given up: it has tried in vain too often.' : `kswapd is ${kswapd}.`,
  ]
    .filter((text) => text !== '')
    .join(' ');
}
