/**
 * What slub_debug looks at when objects come and go (mm/slub.c, 6.1: init_object, check_bytes_and_report, check_object, check_slab,
 * on_freelist, alloc_consistency_checks, free_consistency_checks, slab_pad_check).
 */

import type { PoisonValues } from '../../../profiles/profile';
import {
  OBJECT_POISON,
  SLAB_CONSISTENCY_CHECKS,
  SLAB_POISON,
  SLAB_RED_ZONE,
  SLAB_STORE_USER,
  SLAB_TRACE,
} from '../../../profiles/slabFlags';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { SlubDebug } from '../slub/slub_debug';
import type { SlubParts } from '../slub/slub_parts';
import { countersOf, inuseOf, isFrozen, objectsOf, withInuse } from '../slub/slub_slab';
import { objectZones, RED_ACTIVE, RED_INACTIVE, wrongBytes } from './object_zones';
import { type SlubDebugOptions, withDebugFlags } from './slub_debug_options';
import type { SlubLayout } from './slub_layout';
import type { SlubReports } from './slub_reports';
import type { SlubTracks } from './slub_tracks';

interface CheckPorts {
  fill(address: number, length: number, byte: number): void;
  readBytes(address: number, length: number): Uint8Array;
  /** pages of a slab, log2 */
  order(slab: number): number;
}
type Parts = Pick<SlubParts, 'm' | 'slabs' | 'caches' | 'pointers'>;

export class SlubChecks implements SlubDebug {
  constructor(
    private readonly p: Parts,
    private readonly options: SlubDebugOptions,
    private readonly layout: SlubLayout,
    private readonly tracks: SlubTracks,
    private readonly reports: SlubReports,
    private readonly poison: Pick<PoisonValues, 'inuse' | 'free' | 'end'>,
    private readonly ports: CheckPorts,
  ) {}

  cacheFlags(_objectSize: number, flags: number, name: string): number {
    return withDebugFlags(this.options, flags, name);
  }

  // ---------------------------------------------------------------- filling
  setupSlab(cache: number, slab: number): void {
    if (this.p.caches.flags(cache) & SLAB_POISON)
      this.ports.fill(this.p.slabs.address(slab), this.slabBytes(slab), this.poison.inuse);
  }
  setupObject(cache: number, _slab: number, object: number): void {
    const flags = this.p.caches.flags(cache);
    if (!(flags & (SLAB_STORE_USER | SLAB_RED_ZONE | OBJECT_POISON))) return;
    this.initObject(cache, object, RED_INACTIVE);
    if (flags & SLAB_STORE_USER) this.tracks.clear(cache, object);
  }
  /** init_object: `red` says whether it is free or in use */
  private initObject(cache: number, object: number, red: number): void {
    const { caches } = this.p;
    const { fill } = this.ports;
    const flags = caches.flags(cache);
    const size = caches.objectSize(cache);
    if (flags & SLAB_RED_ZONE) {
      const pad = caches.redLeftPad(cache);
      fill(object - pad, pad, red);
      fill(object + size, caches.inuse(cache) - size, red);
    }
    if (flags & OBJECT_POISON) {
      fill(object, size - 1, this.poison.free);
      fill(object + size - 1, 1, this.poison.end);
    }
  }
  private slabBytes(slab: number): number {
    return PAGE_SIZE << this.ports.order(slab);
  }

  // ---------------------------------------------------------------- one object
  /** check_bytes_and_report: whether all bytes have the value; if not, that is reported and mended */
  private holds(
    cache: number,
    slab: number,
    object: number,
    what: string,
    start: number,
    value: number,
    bytes: number,
  ): boolean {
    const wrong = this.wrongBytes(start, value, bytes);
    if (!wrong) return true;
    const { from, to, first } = wrong;
    const { reports } = this;
    const place = `${reports.pointer(from)}-${reports.pointer(to - 1)} @offset=${from - this.p.slabs.address(slab)}`;
    const hex = (byte: number) => `0x${byte.toString(16)}`;
    reports.object(cache, slab, object, `${what} overwritten`, [
      `${place}. First byte ${hex(first)} instead of ${hex(value)}`,
    ]);
    this.restore(cache, what, value, from, to);
    return false;
  }
  private wrongBytes(start: number, value: number, bytes: number) {
    return wrongBytes(this.ports.readBytes, start, value, bytes);
  }
  /** restore_bytes */
  private restore(cache: number, what: string, value: number, from: number, to: number): void {
    const { reports } = this;
    const range = `${reports.pointer(from)}-${reports.pointer(to - 1)}=0x${value.toString(16)}`;
    reports.fix(cache, `Restoring ${what} ${range}`);
    this.ports.fill(from, to - from, value);
  }
  /** check_object: `red`: what the object is taken to be, free or in use */
  private checkObject(cache: number, slab: number, object: number, red: number): boolean {
    for (const zone of objectZones(this.p, this.layout, this.poison, cache, object, red)) {
      const { what, start, value, bytes, isLast } = zone;
      if (!this.holds(cache, slab, object, what, start, value, bytes) && isLast) return false;
    }
    if (!this.layout.pointerIsOutside(cache) && red === RED_ACTIVE) return true;
    if (this.nextIsValid(cache, slab, object)) return true;
    this.reports.object(cache, slab, object, 'Freepointer corrupt');
    this.p.pointers.set(cache, object, 0);
    return false;
  }
  /** Whether an object's free pointer is NULL or an object of the slab; what is not even an address is neither. */
  private nextIsValid(cache: number, slab: number, object: number): boolean {
    const next = this.layout.nextOf(cache, object);
    return next === 0 || (next !== undefined && this.layout.isObject(cache, slab, next));
  }
  // ---------------------------------------------------------------- a slab
  /** check_slab */
  private checkSlab(cache: number, slab: number): boolean {
    const { slabs, caches } = this.p;
    const { reports } = this;
    if (!slabs.pages.isSlab(slab)) return this.slabError(cache, slab, 'Not a valid slab page');
    const counters = slabs.counters(slab);
    const objects = objectsOf(counters);
    const most = Math.floor(this.slabBytes(slab) / caches.size(cache));
    if (objects > most) return this.slabError(cache, slab, `objects ${objects} > max ${most}`);
    const inuse = inuseOf(counters);
    if (inuse > objects) return this.slabError(cache, slab, `inuse ${inuse} > max ${objects}`);
    if (caches.flags(cache) & SLAB_POISON) this.checkSlabPadding(cache, slab, reports);
    return true;
  }
  private slabError(cache: number, slab: number, reason: string): false {
    this.reports.slab(cache, slab, reason);
    return false;
  }
  /** slab_pad_check: the end of a slab, where no object fits any more */
  private checkSlabPadding(cache: number, slab: number, reports: SlubReports): void {
    const start = this.p.slabs.address(slab);
    const bytes = this.slabBytes(slab);
    const rest = bytes % this.p.caches.size(cache);
    const pad = start + bytes - rest;
    const wrong = this.wrongBytes(pad, this.poison.inuse, rest);
    if (!wrong) return;
    const { from, to } = wrong;
    const place = `${reports.pointer(from)}-${reports.pointer(to - 1)} @offset=${from - start}`;
    reports.slab(cache, slab, `Padding overwritten. ${place}`);
    reports.section('Padding ', pad, rest);
    this.restore(cache, 'slab padding', this.poison.inuse, from, to);
  }
  /** on_freelist: whether an object is on the slab's list of free ones; the list and the counters are mended on the way */
  private isOnFreelist(cache: number, slab: number, wanted: number): boolean {
    const { slabs, pointers, caches } = this.p;
    const { reports } = this;
    const objects = objectsOf(slabs.counters(slab));
    let count = 0;
    let object = 0;
    let next: number | undefined = slabs.freelist(slab);
    while (next !== 0 && count <= objects) {
      if (next === wanted) return true;
      if (next === undefined || !this.layout.isObject(cache, slab, next)) {
        if (object === 0) {
          reports.slab(cache, slab, 'Freepointer corrupt');
          this.useUp(slab);
          reports.fix(cache, 'Freelist cleared');
          return false;
        }
        reports.object(cache, slab, object, 'Freechain corrupt');
        pointers.set(cache, object, 0);
        break;
      }
      object = next;
      next = this.layout.nextOf(cache, object);
      count++;
    }
    const most = Math.floor(this.slabBytes(slab) / caches.size(cache));
    if (objects !== most) {
      reports.slab(cache, slab, `Wrong number of objects. Found ${objects} but should be ${most}`);
      slabs.setCounters(slab, countersOf(inuseOf(slabs.counters(slab)), most, isFrozen(slabs.counters(slab))));
      reports.fix(cache, 'Number of objects adjusted');
    }
    const counters = slabs.counters(slab);
    const used = objectsOf(counters) - count;
    if (inuseOf(counters) !== used) {
      reports.slab(cache, slab, `Wrong object count. Counter is ${inuseOf(counters)} but counted were ${used}`);
      slabs.setCounters(slab, withInuse(counters, used));
      reports.fix(cache, 'Object count adjusted');
    }
    return false;
  }
  /** All objects of a slab count as used: none of them is handed out again. */
  private useUp(slab: number): void {
    const { slabs } = this.p;
    slabs.setFreelist(slab, 0);
    slabs.setCounters(slab, withInuse(slabs.counters(slab), objectsOf(slabs.counters(slab))));
  }

  // ---------------------------------------------------------------- allocating
  allocProcessing(cache: number, slab: number, object: number, originalSize: number): boolean {
    const { caches, m } = this.p;
    const flags = caches.flags(cache);
    if (flags & SLAB_CONSISTENCY_CHECKS && !this.canBeAllocated(cache, slab, object)) {
      if (this.p.slabs.pages.isSlab(slab)) {
        this.reports.fix(cache, 'Marking all objects used');
        this.useUp(slab);
      }
      return false;
    }
    if (flags & SLAB_TRACE) this.reports.trace(cache, slab, object, true);
    const size = this.layout.origSizeAt(cache);
    if (size !== undefined) m.setIntAt(object + size, originalSize);
    this.initObject(cache, object, RED_ACTIVE);
    return true;
  }
  private canBeAllocated(cache: number, slab: number, object: number): boolean {
    if (!this.checkSlab(cache, slab)) return false;
    if (!this.layout.isObject(cache, slab, object)) {
      this.reports.object(cache, slab, object, 'Freelist Pointer check fails');
      return false;
    }
    return this.checkObject(cache, slab, object, RED_INACTIVE);
  }
  trackAlloc(cache: number, object: number): void {
    this.tracks.set(cache, object, 'alloc');
  }

  // ---------------------------------------------------------------- freeing
  freeProcessing(cache: number, slab: number, head: number, tail: number, count: number): boolean {
    const { caches, slabs, pointers } = this.p;
    const flags = caches.flags(cache);
    const refuse = (object: number): false => {
      this.reports.fix(cache, `Object at ${this.reports.pointer(object)} not freed`);
      return false;
    };
    if (flags & SLAB_CONSISTENCY_CHECKS && !this.checkSlab(cache, slab)) return refuse(head);
    const inuse = inuseOf(slabs.counters(slab));
    if (inuse < count) {
      this.reports.slab(cache, slab, `Slab has ${inuse} allocated objects but ${count} are to be freed`);
      return refuse(head);
    }
    let object = head;
    for (let seen = 1; ; seen++) {
      if (seen > count) {
        this.reports.slab(cache, slab, `Bulk free expected ${count} objects but found ${seen}`);
        return refuse(object);
      }
      if (flags & SLAB_CONSISTENCY_CHECKS && !this.canBeFreed(cache, slab, object)) return refuse(object);
      if (flags & SLAB_STORE_USER) this.tracks.set(cache, object, 'free');
      if (flags & SLAB_TRACE) this.reports.trace(cache, slab, object, false);
      this.initObject(cache, object, RED_INACTIVE);
      if (object === tail) return true;
      object = pointers.get(cache, object);
    }
  }
  /** free_consistency_checks */
  private canBeFreed(cache: number, slab: number, object: number): boolean {
    const { reports } = this;
    if (!this.layout.isObject(cache, slab, object))
      return this.slabError(cache, slab, `Invalid object pointer ${reports.pointer(object)}`);
    if (this.isOnFreelist(cache, slab, object)) {
      reports.object(cache, slab, object, 'Object already free');
      return false;
    }
    if (!this.checkObject(cache, slab, object, RED_ACTIVE)) return false;
    if (cache === this.p.slabs.cache(slab)) return true;
    reports.object(cache, slab, object, 'page slab pointer corrupt.');
    return false;
  }
  checkFreedSlab(cache: number, slab: number): void {
    if (this.p.caches.flags(cache) & SLAB_POISON) this.checkSlabPadding(cache, slab, this.reports);
    for (const object of this.layout.objects(cache, slab)) this.checkObject(cache, slab, object, RED_INACTIVE);
  }
}
