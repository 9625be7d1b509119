/**
 * A page of SLOB: its free blocks, and what lies between them. SLOB keeps nothing about a block that is in use, so that the history of
 * allocations says where one ends and the next begins.
 */
import type { Slob } from '../../../kernel/mm/slab/slob/slob';
import { PAGE_UNITS, UNIT, unitsOf } from '../../../kernel/mm/slab/slob/slob_page';
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { Session } from '../../session';
import { allocationHistory } from '../allocationHistory';
import { allocationOf, objectBlock } from '../allocationRecords';
import type { PlacedObject, SlabContents } from './slabContents';

/** Bytes in front of a block of kmalloc, which begin with its size. */
const HEADER = 8;

export class SlobContents implements SlabContents {
  readonly cache = undefined;
  readonly slab;
  readonly list: string;
  readonly address: number;
  readonly bytes = PAGE_SIZE;
  readonly size = 0;
  readonly start = 0;
  readonly parts = [];
  readonly end = { offset: PAGE_SIZE, bytes: 0, what: 'nothing', damage: [] };
  private readonly blocks: readonly PlacedObject[];

  constructor(
    private readonly session: Session,
    { p }: Slob,
    pfn: number,
  ) {
    const { pages, blocks, heads } = p;
    const slab = session.target.kernel.pages.pageAddr(pfn);
    const page = pages.read(slab);
    this.address = page.address;
    const on = ['small', 'medium', 'large'].find((_, i) => pages.slabs(heads[i] as number).includes(slab));
    this.list = on ? `pages for ${on} blocks` : 'on no list: it has no free block';
    this.slab = { pfn, pages: 1, objects: PAGE_UNITS, free: page.units, frozen: false };
    const runs = [...blocks.runs(page)].sort((a, b) => a.start - b.start);
    const found: PlacedObject[] = [];
    let at = 0;
    for (const [place, { start, units }] of runs.entries()) {
      found.push(...this.used(at, start));
      const address = this.hex(this.address + start * UNIT);
      const on = 'the page’s list of free blocks';
      found.push({ index: start, address, bytes: units * UNIT, isFree: true, on, place, damage: [] });
      at = start + units;
    }
    found.push(...this.used(at, PAGE_UNITS));
    this.blocks = found;
  }
  get count(): number {
    return this.blocks.length;
  }
  object(place: number): PlacedObject {
    return this.blocks[place] as PlacedObject;
  }
  /** The blocks of a range of units that are in use, as far as they are known: what lies between those is one block. */
  private used(from: number, to: number): PlacedObject[] {
    const history = allocationHistory(this.session);
    const found: PlacedObject[] = [];
    let unknown = from;
    const fill = (end: number) => {
      if (end > unknown) found.push(this.block(unknown, (end - unknown) * UNIT));
    };
    for (let unit = from; unit < to; ) {
      const { allocated, freed } = history.of(objectBlock(this.address + unit * UNIT));
      const allocation = freed ? undefined : allocated && allocationOf(allocated);
      if (!allocation) {
        unit++;
        continue;
      }
      const header = allocation.allocator === 'kmalloc' ? HEADER / UNIT : 0;
      fill(Math.max(unknown, unit - header));
      found.push(this.block(unit, allocation.requested));
      unit += Math.max(1, unitsOf(allocation.requested));
      unknown = unit;
    }
    fill(to);
    return found;
  }
  private block(unit: number, bytes: number): PlacedObject {
    return { index: unit, address: this.hex(this.address + unit * UNIT), bytes, isFree: false, damage: [] };
  }
  private hex(address: number): string {
    const { view } = this.session;
    return view.hexBits(toBits(view.abi, address));
  }
}
