/** The map as text: a sign for each cell, the legend, the zones, and how far free memory is of use. */

import { formatBytes } from '../../debugger/inspect/values';
import { type PhysicalMapAnswer, valuesOf } from '../../debugger/inspector/shapes/physicalMap';
import { PAGE_SIZE } from '../../types/pageSize';
import { type Look, looksOf, pfnText } from './palette';

export const COLUMNS = 64;
const RESET = '\x1b[0m';

/** @param colours whether the terminal shows colours */
export function mapText(map: PhysicalMapAnswer, title: string, colours: boolean): string {
  const looks = looksOf(map.colour, map.legend);
  const { pagesPerCell, end } = map.window;
  const cell = `a cell is ${formatBytes(pagesPerCell * PAGE_SIZE)}${pagesPerCell > 1 ? `, shown as what most of it is` : ''}`;
  return [
    `${title}: ${formatBytes(end * PAGE_SIZE)} of addresses, ${cell}`,
    '',
    ...rows(map, looks, colours),
    '',
    ...legend(map, looks, colours),
    '',
    ...zones(map),
    '',
    ...indices(map),
    '',
  ].join('\n');
}

function rows({ window, values }: PhysicalMapAnswer, looks: ReadonlyMap<number, Look>, colours: boolean): string[] {
  const all = valuesOf(values);
  const out: string[] = [];
  let before = '';
  let skipped = 0;
  for (let i = 0; i < all.length; i += COLUMNS) {
    const row = all.slice(i, i + COLUMNS);
    const signs = paint(row, looks, colours);
    // as hexdump does: what is the same as above is not repeated
    if (signs === before && i + COLUMNS < all.length) {
      if (skipped++ === 0) out.push('*');
      continue;
    }
    skipped = 0;
    before = signs;
    out.push(`${pfnText(window.first + i * window.pagesPerCell, window.end)} ${signs}`);
  }
  return out;
}
function paint(values: readonly number[], looks: ReadonlyMap<number, Look>, colours: boolean): string {
  let text = '';
  let last: number | undefined;
  for (const value of values) {
    if (colours && value !== last) text += background(looks.get(value)?.colour ?? '');
    text += looks.get(value)?.sign ?? '?';
    last = value;
  }
  return colours ? text + RESET : text.trimEnd();
}
/** The colour behind a sign, and a sign that can be read on it. */
function background(colour: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const isLight = r * 0.3 + g * 0.6 + b * 0.1 > 128;
  return `\x1b[48;2;${r};${g};${b};${isLight ? 30 : 97}m`;
}
function legend({ legend: entries }: PhysicalMapAnswer, looks: ReadonlyMap<number, Look>, colours: boolean): string[] {
  const counts = entries.map(({ pages }) => String(pages));
  const width = Math.max(...counts.map((text) => text.length));
  return entries.map(({ value, name, pages }, i) => {
    const sign = paint([value], looks, colours) || ' ';
    return `${sign}  ${(counts[i] as string).padStart(width)} page${pages === 1 ? ' ' : 's'}  ${name}`;
  });
}
function zones({ zones: all }: PhysicalMapAnswer): string[] {
  return all.map(({ node, zone, first, pages, managed, frames }) => {
    const uses = frames.filter(({ kind }) => kind === 'free' || kind === 'pcp').map((f) => `${f.kind} ${f.pages}`);
    const last = first + pages - 1;
    return `node ${node}, zone ${zone.padStart(8)}  pfn 0x${first.toString(16)}–0x${last.toString(16)}, managed ${managed}, ${uses.join(', ') || 'free 0'}`;
  });
}
/** Both indexes by order, as the kernel's debugfs has them, with what they mean. */
function indices({ indices: all }: PhysicalMapAnswer): string[] {
  const orders = all[0]?.unusable.map((_, order) => String(order).padStart(7)).join('') ?? '';
  const row = (values: readonly number[]) =>
    values
      .map((v) => (v / 1000).toFixed(3).padStart(6))
      .join(' ')
      .trimStart();
  const name = (node: number, zone: string) => `node ${node}, zone ${zone.padStart(8)}  `;
  const head = `${' '.repeat(name(0, '').length)}${orders}`;
  return [
    'unusable_index by order: the share of free memory that a request cannot use',
    head,
    ...all.map((z) => `${name(z.node, z.zone)}${row(z.unusable)}`),
    'extfrag_index by order: towards 0 it fails for lack of memory, towards 1 for fragmentation; -1: it does not fail',
    head,
    ...all.map((z) => `${name(z.node, z.zone)}${row(z.fragmentation)}`),
  ];
}
