/**
 * struct pcpu_block_md: what is known of the free runs of a block, and of a chunk as a whole, so that a request need not search its bitmap
 * (mm/percpu.c, 6.1). `contig`: the largest free run. `scan`: an earlier run that is smaller, or a later one as large. All in steps of the
 * bitmap.
 */
import type { StructMemory } from '../../lib/struct_memory';
import { alignUp, ffs } from './pcpu_units';

const TAG = 'pcpu_block_md';

/** What hints are read from: memory, or a reader of neighbouring words. */
interface Words {
  get32(va: number): number;
}

export class BlockHints {
  readonly size: number;
  private readonly scanHint: number;
  private readonly scanStart: number;
  private readonly contigHint: number;
  private readonly contigStart: number;
  private readonly left: number;
  private readonly right: number;
  private readonly first: number;
  private readonly bits: number;

  constructor(
    private readonly m: StructMemory,
    size: number,
  ) {
    this.size = size;
    this.scanHint = m.offset(TAG, 'scan_hint');
    this.scanStart = m.offset(TAG, 'scan_hint_start');
    this.contigHint = m.offset(TAG, 'contig_hint');
    this.contigStart = m.offset(TAG, 'contig_hint_start');
    this.left = m.offset(TAG, 'left_free');
    this.right = m.offset(TAG, 'right_free');
    this.first = m.offset(TAG, 'first_free');
    this.bits = m.offset(TAG, 'nr_bits');
  }

  getScan(md: number, from: Words = this.m): number {
    return from.get32(md + this.scanHint);
  }
  getScanStart(md: number, from: Words = this.m): number {
    return from.get32(md + this.scanStart);
  }
  getContig(md: number, from: Words = this.m): number {
    return from.get32(md + this.contigHint);
  }
  getContigStart(md: number, from: Words = this.m): number {
    return from.get32(md + this.contigStart);
  }
  getLeft(md: number, from: Words = this.m): number {
    return from.get32(md + this.left);
  }
  getRight(md: number, from: Words = this.m): number {
    return from.get32(md + this.right);
  }
  getFirst(md: number, from: Words = this.m): number {
    return from.get32(md + this.first);
  }
  setContig(md: number, value: number): void {
    this.m.set32(md + this.contigHint, value);
  }
  setLeft(md: number, value: number): void {
    this.m.set32(md + this.left, value);
  }
  setRight(md: number, value: number): void {
    this.m.set32(md + this.right, value);
  }
  setFirst(md: number, value: number): void {
    this.m.set32(md + this.first, value);
  }
  /** There is no scan hint. Its start stays, as in the kernel. */
  dropScan(md: number): void {
    this.m.set32(md + this.scanHint, 0);
  }
  private setScan(md: number, start: number, size: number): void {
    this.m.set32(md + this.scanStart, start);
    this.m.set32(md + this.scanHint, size);
  }
  private setContigAt(md: number, start: number, size: number): void {
    this.m.set32(md + this.contigStart, start);
    this.m.set32(md + this.contigHint, size);
  }
  /** pcpu_init_md_block: `bits` free steps */
  init(md: number, bits: number): void {
    this.dropScan(md);
    this.setContig(md, bits);
    this.setLeft(md, bits);
    this.setRight(md, bits);
    this.setFirst(md, 0);
    this.m.set32(md + this.bits, bits);
  }
  /** A block between two others that an allocation covers: nothing of it is free. */
  setFull(md: number): void {
    this.dropScan(md);
    this.setContig(md, 0);
    this.setLeft(md, 0);
    this.setRight(md, 0);
  }
  /** The same when that is given back: all of it is free. */
  setFree(md: number, bits: number): void {
    this.setFirst(md, 0);
    this.dropScan(md);
    this.setContigAt(md, 0, bits);
    this.setLeft(md, bits);
    this.setRight(md, bits);
  }
  /** The scan hint becomes the largest run: the rest is to be searched from the place that this returns; −1 if there is no scan hint. */
  promoteScan(md: number): number {
    const scan = this.getScan(md);
    if (scan === 0) return -1;
    const start = this.getScanStart(md);
    this.setContigAt(md, start, scan);
    this.dropScan(md);
    return start + scan;
  }
  /** pcpu_block_update: start … end − 1 is a free run of the block, as far as it reaches. */
  update(md: number, start: number, end: number): void {
    const size = end - start;
    const scan = this.getScan(md);
    const scanStart = this.getScanStart(md);
    const contig = this.getContig(md);
    const contigStart = this.getContigStart(md);
    if (start < this.getFirst(md)) this.setFirst(md, start);
    if (start === 0) this.setLeft(md, size);
    if (end === this.m.get32(md + this.bits)) this.setRight(md, size);
    if (size > contig) {
      // the former largest run becomes the scan hint, which lies in front of it
      if (start > contigStart && contig > scan) this.setScan(md, contigStart, contig);
      else if (start <= contigStart || start < scanStart) this.dropScan(md);
      this.setContigAt(md, start, size);
    } else if (size === contig) {
      const better = contigStart !== 0 && (start === 0 || ffs(start) > ffs(contigStart));
      if (better) {
        this.m.set32(md + this.contigStart, start);
        if (start < scanStart && contig > scan) this.dropScan(md);
      } else if (start > scanStart || contig > scan) this.setScan(md, start, size);
    } else if (start < contigStart && (size > scan || (size === scan && start > scanStart)))
      this.setScan(md, start, size);
  }
  /** pcpu_check_block_hint: whether a request fits into the largest run. */
  fits(md: number, bits: number, align: number): boolean {
    const start = this.getContigStart(md);
    return alignUp(start, align) - start + bits <= this.getContig(md);
  }
  /** pcpu_next_hint: where to begin to search for a request that fits into the largest run. */
  nextHint(md: number, bits: number, from: Words = this.m): number {
    const scan = this.getScan(md, from);
    const scanStart = this.getScanStart(md, from);
    // what is in front of the end of the scan hint is too small
    if (scan !== 0 && this.getContigStart(md, from) > scanStart && bits > scan) return scanStart + scan;
    return this.getFirst(md, from);
  }
  /** Whether the largest run, or the scan hint's, has something of start … end − 1. */
  contigTouches(md: number, start: number, end: number): boolean {
    const at = this.getContigStart(md);
    return at < end && start < at + this.getContig(md);
  }
  scanTouches(md: number, start: number, end: number): boolean {
    const at = this.getScanStart(md);
    return at < end && start < at + this.getScan(md);
  }
}
