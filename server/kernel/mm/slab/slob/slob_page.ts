/**
 * The blocks of one page of SLOB (mm/slob.c, 6.1: set_slob, slob_next, slob_last, slob_page_alloc, slob_free). A page is divided into units
 * of two bytes. A free block holds its length in its first unit and the number of the next free block's first unit in its second; one of a
 * single unit holds that number, negated. The last one's next is the first unit behind the page.
 */
import type { AddressSpace } from '../../../../memory/space';
import { PAGE_SIZE } from '../../../../types/pageSize';
import { NotEmulated } from '../../../lib/not_emulated';

/** SLOB_UNIT, and SLOB_UNITS(PAGE_SIZE) */
export const UNIT = 2;
export const PAGE_UNITS = PAGE_SIZE / UNIT;
/** SLOB_UNITS: units that hold so many bytes */
export const unitsOf = (bytes: number): number => Math.ceil(bytes / UNIT);

/** Blocks of a page as they are taken: where a free one begins, in units from the start of the page, and how long it is. */
export interface FreeRun {
  readonly start: number;
  readonly units: number;
}

/** A page, as its struct slab describes it. */
export interface SlobPage {
  /** its first byte */
  readonly address: number;
  /** of the first free block, 0 if there is none */
  freelist: number;
  /** free units */
  units: number;
}

export class SlobBlocks {
  constructor(private readonly space: AddressSpace) {}

  // ---------------------------------------------------------------- a free block; addresses
  private first(block: number): number {
    return (this.space.read16(block) << 16) >> 16;
  }
  /** slob_units */
  length(block: number): number {
    return Math.max(1, this.first(block));
  }
  /** slob_next */
  next(block: number): number {
    const first = this.first(block);
    const number = first < 0 ? -first : (this.space.read16(block + UNIT) << 16) >> 16;
    return pageStart(block) + number * UNIT;
  }
  /** slob_last */
  isLast(block: number): boolean {
    return pageStart(this.next(block)) === this.next(block);
  }
  /** set_slob */
  set(block: number, units: number, next: number): void {
    const number = (next - pageStart(block)) / UNIT;
    if (units > 1) {
      this.space.write16(block, units);
      this.space.write16(block + UNIT, number);
    } else this.space.write16(block, -number);
  }
  /** The free blocks of a page, by address. */
  runs(page: SlobPage): FreeRun[] {
    if (page.units === 0) return [];
    const runs: FreeRun[] = [];
    for (let block = page.freelist; ; block = this.next(block)) {
      runs.push({ start: (block - page.address) / UNIT, units: this.length(block) });
      if (this.isLast(block)) return runs;
      this.checkEnds(runs.length);
    }
  }
  /** A list that a scenario has overwritten may lead round in a circle, as it does the kernel. */
  private checkEnds(steps: number): void {
    if (steps > PAGE_UNITS)
      throw new NotEmulated('SLOB follows a list of free blocks that has no end, with interrupts off');
  }

  // ---------------------------------------------------------------- taking
  /**
   * slob_page_alloc: the first free block that holds `size` bytes, so that the address `lead` bytes behind their start is aligned; 0 if none
   * does. `align` 0: anywhere. What is left in front of them and behind stays free.
   */
  take(page: SlobPage, size: number, align: number, lead: number): number {
    const units = unitsOf(size);
    let previous = 0;
    for (let block = page.freelist, steps = 0; ; steps++) {
      const available = this.length(block);
      const aligned = align === 0 ? block : alignUp(block + lead, align) - lead;
      const delta = (aligned - block) / UNIT;
      if (available >= units + delta) {
        this.cut(page, previous, block, units, delta);
        page.units -= units;
        return aligned;
      }
      if (this.isLast(block)) return 0;
      this.checkEnds(steps);
      previous = block;
      block = this.next(block);
    }
  }
  /** Takes `units` units, `delta` units behind the start of a free block, out of the list. */
  private cut(page: SlobPage, previous: number, block: number, units: number, delta: number): void {
    let available = this.length(block);
    let before = previous;
    let from = block;
    if (delta > 0) {
      const next = this.next(block);
      from = block + delta * UNIT;
      this.set(from, available - delta, next);
      this.set(block, delta, from);
      before = block;
      available = this.length(from);
    }
    const next = this.next(from);
    const rest = from + units * UNIT;
    const follows = available === units ? next : rest;
    if (before !== 0) this.set(before, this.length(before), follows);
    else page.freelist = follows;
    if (available !== units) this.set(rest, available - units, next);
  }

  // ---------------------------------------------------------------- giving back
  /** All of a page is one free block. */
  init(page: SlobPage): void {
    page.units = PAGE_UNITS;
    page.freelist = page.address;
    this.set(page.address, PAGE_UNITS, page.address + PAGE_SIZE);
  }
  /** The first free block of a page that had none. */
  giveFirst(page: SlobPage, block: number, units: number): void {
    page.units = units;
    page.freelist = block;
    this.set(block, units, pageStart(block + PAGE_SIZE));
  }
  /** slob_free, on a page with free blocks: the block goes to its place by address, and is joined with its neighbours. */
  give(page: SlobPage, block: number, units: number): void {
    page.units += units;
    const end = block + units * UNIT;
    if (block < page.freelist) {
      const first = page.freelist;
      if (end === first) this.set(block, units + this.length(first), this.next(first));
      else this.set(block, units, first);
      page.freelist = block;
      return;
    }
    let previous = page.freelist;
    let next = this.next(previous);
    for (let steps = 0; block > next; steps++) {
      this.checkEnds(steps);
      previous = next;
      next = this.next(previous);
    }
    if (!this.isLast(previous) && end === next) this.set(block, units + this.length(next), this.next(next));
    else this.set(block, units, next);
    const before = this.length(previous);
    if (previous + before * UNIT === block) this.set(previous, before + this.length(block), this.next(block));
    else this.set(previous, before, block);
  }
}

const alignUp = (n: number, align: number): number => Math.ceil(n / align) * align;
const pageStart = (address: number): number => Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
