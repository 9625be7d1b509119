/** Free lists and what became of blocks, in words; and the lists as a picture in vectors. */
import type { Answer } from '../../../server/dap/inspectorViews';
import type { Block, BlockChangeShape, FreeList } from '../../../server/debugger/inspector/shapes/freeLists';
import { svgDocument, xmlText } from '../../ui/exports';
import { hex } from '../../ui/words';

export type Lists = Answer<'freeLists'>;

export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Colour of the theme and letter of a migratetype, by its index. */
const COLOURS = ['charts-red', 'charts-blue', 'charts-green', 'symbolIcon-classForeground', 'charts-purple'] as const;
export const migrateColour = (migratetype: number): string => COLOURS[migratetype] ?? 'foreground';
export const migrateSign = (name: string): string => name.slice(0, 1);

/** `0x1840 (order 6, Unmovable)` */
export function blockText({ pfn, order, migratetype }: Block, names: readonly string[]): string {
  const type = migratetype === undefined ? '' : `, ${names[migratetype] ?? '?'}`;
  return `${hex(pfn)} (order ${order}${type})`;
}
const rangesText = (ranges: readonly { readonly pfn: number; readonly pages: number }[]): string =>
  ranges.map(({ pfn, pages }) => `${counted(pages, 'page')} from ${hex(pfn)}`).join(', ');

/** What became of a block, as sentences. */
export function changeText(change: BlockChangeShape, names: readonly string[]): string {
  const block = blockText(change.block, names);
  const blocks = (all: readonly Block[]): string => all.map((one) => blockText(one, names)).join(', ');
  switch (change.kind) {
    case 'split': {
      const taken = change.taken.length > 0 ? ` Taken: ${rangesText(change.taken)}.` : '';
      return `Split: ${block}. Still free: ${blocks(change.parts)}.${taken}`;
    }
    case 'merged': {
      const freed = change.freed.length > 0 ? ` with what came free, ${rangesText(change.freed)}` : '';
      return `Merged to ${block}: ${blocks(change.parts)}${freed}.`;
    }
    case 'taken':
      return `Taken as a whole: ${block}.`;
    case 'freed':
      return `Freed: ${block}. Its buddy is not free.`;
    case 'moved':
      return `Moved from the list ${names[change.from] ?? '?'}: ${block}.`;
  }
}
/** Blocks that are on a list now and were not before, or not on this one. */
export function newBlocks({ changes }: Lists): ReadonlySet<number> {
  return new Set(
    changes.list.flatMap(({ change }) => {
      if (change.kind === 'split') return change.parts.map(({ pfn }) => pfn);
      return change.kind === 'taken' ? [] : [change.block.pfn];
    }),
  );
}
/** `3 blocks`, or `at least 3 blocks` where nobody has counted to the end. */
export const lengthText = ({ blocks, isLeast, damaged }: FreeList): string =>
  `${isLeast ? 'at least ' : ''}${counted(blocks, 'block')}${damaged ? ', then a pointer that was overwritten' : ''}`;

/** The rows of a table: each list with its blocks. */
export function listsTable({ lists, cpus, migratetypes }: Lists): (readonly (string | number)[])[] {
  const row = (where: string, { order, migratetype, blocks, pfns }: FreeList) => [
    where,
    order,
    migratetypes[migratetype] ?? '?',
    blocks,
    pfns.map(hex).join(' '),
  ];
  return [
    ['list', 'order', 'migratetype', 'blocks', 'first frames'],
    ...lists.map((list) => row('free list', list)),
    ...cpus.flatMap(({ cpu, lists: own }) => own.map((list) => row(`CPU ${cpu}`, list))),
  ];
}
interface Colours {
  readonly text: string;
  readonly background: string;
  /** by migratetype */
  readonly types: readonly string[];
}
const ROW = 26;
const BLOCKS = 12;
/** The lists as boxes, the first blocks of each. */
export function svgOfLists({ lists, shown, migratetypes }: Lists, colours: Colours): string {
  const text = (x: number, y: number, value: string) =>
    `<text x="${x}" y="${y}" fill="${xmlText(colours.text)}" font-family="monospace" font-size="12">${xmlText(value)}</text>`;
  const shapes = [text(12, 22, `Free lists of zone ${shown.zone}, node ${shown.node}`)];
  lists.forEach((list, r) => {
    const y = 36 + r * ROW;
    shapes.push(text(12, y + 15, `order ${list.order} ${migratetypes[list.migratetype] ?? ''}: ${lengthText(list)}`));
    list.pfns.slice(0, BLOCKS).forEach((pfn, i) => {
      const x = 300 + i * 76;
      const stroke = xmlText(colours.types[list.migratetype] ?? colours.text);
      shapes.push(`<rect x="${x}" y="${y}" width="70" height="20" fill="none" stroke="${stroke}" stroke-width="2"/>`);
      shapes.push(text(x + 6, y + 15, hex(pfn)));
    });
  });
  return svgDocument(312 + BLOCKS * 76, 48 + lists.length * ROW, shapes, colours.background);
}
