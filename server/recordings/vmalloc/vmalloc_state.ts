/** Recorded states of the vmalloc space: the areas of each list, and the tree of free ones with its shape and colours. */

import type { VmallocApi } from '../../kernel/mm/vmalloc/vmalloc_api';
import type { AreaTree, VmapAreas } from '../../kernel/mm/vmalloc/vmap_area';
import { toAddress, toBits } from '../../types/address';
import { TraceError } from '../trace_json';

/** Start and end. */
export type Range = readonly [start: number, end: number];
interface TreeNode {
  readonly range: Range;
  readonly red: boolean;
  readonly left: TreeNode | undefined;
  readonly right: TreeNode | undefined;
}
export interface VmallocState {
  readonly busy: readonly Range[];
  readonly free: readonly Range[];
  readonly purge: readonly Range[];
  readonly lazy: number;
  /** the tree of free areas, as recorded */
  readonly tree: string;
}

const wordOf = (areas: VmapAreas, text: string): number => toAddress(areas.memory.abi, BigInt(`0x${text}`));
const textOf = (areas: VmapAreas, address: number): string => toBits(areas.memory.abi, address).toString(16);
const rangeText = (areas: VmapAreas, [start, end]: Range): string => `${textOf(areas, start)}-${textOf(areas, end)}`;

function ranges(areas: VmapAreas, text: string): Range[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const [start, end] = part.split('-');
    if (start === undefined || end === undefined) throw new TraceError(`${part} is not a range of addresses`);
    return [wordOf(areas, start), wordOf(areas, end)];
  });
}

/** The state with a tag (`t0`, `t1`) among the lines of a recording. @throws TraceError */
export function readVmallocState(areas: VmapAreas, lines: readonly string[], tag: string): VmallocState {
  const value = (kind: string, name: string): string => {
    const line = lines.find((l) => l.startsWith(`${kind} tag=${tag} `));
    const found = line && new RegExp(` ${name}=(\\S*)`).exec(line);
    if (!found) throw new TraceError(`${kind} tag=${tag}: "${name}" is missing`);
    return found[1] as string;
  };
  const list = (kind: string): Range[] => ranges(areas, value(kind, 'list'));
  const lazy = Number(value('purge', 'lazy'));
  return { busy: list('busy'), free: list('free'), purge: list('purge'), lazy, tree: value('tree', 'pre') };
}

// ---------------------------------------------------------------- loading
/** A tree in preorder: `(START-ENDc LEFT RIGHT)` without blanks, c `r` or `b`, `.` where there is no child. @throws TraceError */
function parseTree(areas: VmapAreas, text: string): TreeNode | undefined {
  let at = 0;
  const node = (): TreeNode | undefined => {
    if (text[at] === '.') {
      at++;
      return undefined;
    }
    const head = /^\(([0-9a-f]+)-([0-9a-f]+)([rb])(?=[.(])/.exec(text.slice(at, at + 64));
    // the last digit of an address may be a b: the colour is the letter before the children
    if (!head) throw new TraceError(`the tree of free areas cannot be read at ${text.slice(at, at + 40)}`);
    at += head[0].length;
    const left = node();
    const right = node();
    if (text[at++] !== ')') throw new TraceError('the tree of free areas: a parenthesis is missing');
    const range: Range = [wordOf(areas, head[1] as string), wordOf(areas, head[2] as string)];
    return { range, red: head[3] === 'r', left, right };
  };
  return node();
}
/** Puts a recorded state in the place of what there is. */
export function loadVmallocState({ allocator }: VmallocApi, state: VmallocState, newArea: () => number): void {
  const { areas, busy, free, purged } = allocator;
  for (const { root, list } of [busy, free, purged]) {
    areas.memory.setLong(root, 0);
    areas.memory.setLong(list, list);
    areas.memory.setLong(list + areas.memory.wordSize, list);
  }
  const make = ([start, end]: Range): number => {
    const area = newArea();
    areas.setStart(area, start);
    areas.setEnd(area, end);
    return area;
  };
  for (const range of state.busy) areas.insert(make(range), busy);
  for (const range of state.purge) areas.insert(make(range), purged);
  allocator.lazyPages = state.lazy;
  // free areas are linked as the recording has them; the list follows from the order
  const word = areas.memory.wordSize;
  const place = (node: TreeNode | undefined, parent: number): number => {
    if (!node) return 0;
    const area = make(node.range);
    const at = areas.nodeOf(area);
    const left = place(node.left, at);
    areas.append(area, free);
    const right = place(node.right, at);
    areas.memory.setLong(at, parent + (node.red ? 0 : 1));
    areas.memory.setLong(at + word, right);
    areas.memory.setLong(at + 2 * word, left);
    areas.setVm(area, areas.compute(at));
    return at;
  };
  areas.memory.setLong(free.root, place(parseTree(areas, state.tree), 0));
}

// ---------------------------------------------------------------- comparing
/** The tree of free areas as the recorder prints it. */
function printTree(areas: VmapAreas, node: number): string {
  if (node === 0) return '.';
  const area = areas.ofNode(node);
  const range = rangeText(areas, [areas.start(area), areas.end(area)]);
  const { augmented } = areas;
  const [left, right] = (['left', 'right'] as const).map((side) => printTree(areas, augmented.child(node, side)));
  return `(${range}${augmented.isRed(node) ? 'r' : 'b'}${left}${right})`;
}
/** What differs from a recorded state. */
export function compareVmallocState({ allocator }: VmallocApi, state: VmallocState): string[] {
  const { areas, busy, free, purged, lazyPages } = allocator;
  const list = (name: string, tree: AreaTree, recorded: readonly Range[]): string[] => {
    const got = areas.all(tree).map((area) => rangeText(areas, [areas.start(area), areas.end(area)]));
    const wanted = recorded.map((range) => rangeText(areas, range));
    const at = wanted.findIndex((range, i) => range !== got[i]);
    const index = at < 0 && got.length > wanted.length ? wanted.length : at;
    return index < 0 ? [] : [`${name} area ${index}: ${got[index] ?? 'none'}, recorded ${wanted[index] ?? 'none'}`];
  };
  const differences = [
    ...list('busy', busy, state.busy),
    ...list('free', free, state.free),
    ...list('purge', purged, state.purge),
  ];
  if (lazyPages !== state.lazy) differences.push(`vmap_lazy_nr: ${lazyPages}, recorded ${state.lazy}`);
  const tree = printTree(areas, areas.memory.getLong(free.root));
  if (tree !== state.tree) {
    let at = 0;
    while (tree[at] === state.tree[at]) at++;
    differences.push(`the tree of free areas differs at ${tree.slice(Math.max(0, at - 40), at + 20)}`);
  }
  return differences;
}
