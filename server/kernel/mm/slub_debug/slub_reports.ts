/**
 * The reports of slub_debug (mm/slub.c, 6.1: slab_bug, slab_fix, object_err, slab_err, print_trailer, print_tracking, print_section,
 * list_slab_objects). The scenario's mistake is named in kmem's notes.
 */

import { SLAB_RED_ZONE, SLAB_STORE_USER } from '../../../profiles/slabFlags';
import { formatBits, toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import { pointerId } from '../../lib/pointer_id';
import { LOGLEVEL_ERR, LOGLEVEL_INFO } from '../../printk/printk';
import type { Reports } from '../../printk/reports';
import { TAINT_BAD_PAGE } from '../../printk/taint';
import type { SlubParts } from '../slub/slub_parts';
import { inuseOf, objectsOf } from '../slub/slub_slab';
import type { SlubLayout } from './slub_layout';
import type { SlubTracks, Track } from './slub_tracks';

const RULE = '='.repeat(77);
const DASHES = '-'.repeat(77);
/** bytes of a line of a dump */
const ROW = 16;

interface ReportPorts {
  reports(): Reports;
  /** the kernel's functions on top of the scenario's, innermost first */
  functions(): readonly string[];
  jiffies(): number;
  cacheName(cache: number): string;
  readBytes(address: number, length: number): Uint8Array;
  /** %pGp of a page's flags */
  pageFlags(pfn: number): string;
}

export class SlubReports {
  constructor(
    private readonly p: Pick<SlubParts, 'm' | 'slabs' | 'caches' | 'pointers'>,
    private readonly layout: SlubLayout,
    private readonly tracks: SlubTracks,
    private readonly ports: ReportPorts,
    /** no_hash_pointers, which slub_debug switches on */
    private readonly plainPointers: boolean,
  ) {}

  /** object_err */
  object(cache: number, slab: number, object: number, reason: string, first: readonly string[] = []): void {
    const inner = first.length > 0 ? ['print_trailer', 'check_bytes_and_report'] : ['print_trailer', 'object_err'];
    this.bug(cache, reason, [...first, ...this.trailer(cache, slab, object, inner)], this.notesOf(cache, object));
  }
  /** slab_err */
  slab(cache: number, slab: number, reason: string): void {
    this.bug(cache, reason, [this.slabInfo(slab), ...this.stack(['slab_err'])], []);
  }
  /** slab_fix */
  fix(cache: number, text: string): void {
    this.ports.reports().log.print(`FIX ${this.ports.cacheName(cache)}: ${text}`, LOGLEVEL_ERR);
  }
  /** %p of an address in these reports */
  pointer(address: number): string {
    const { abi } = this.ports.reports();
    const bits = toBits(abi, address);
    return this.plainPointers ? formatBits(abi, bits) : `0x${pointerId(abi, bits, address === 0)}`;
  }
  /** `Padding` of the end of a slab, behind a slab_err */
  section(label: string, address: number, length: number): void {
    for (const line of this.dump(label, address, length)) this.ports.reports().log.print(line, LOGLEVEL_ERR);
  }
  /** list_slab_objects: what is still in use when a cache is destroyed. */
  remaining(cache: number, slab: number, text: string): void {
    const { log } = this.ports.reports();
    const { slabs } = this.p;
    const free = new Set(this.freeObjects(cache, slab));
    const used = this.layout.objects(cache, slab).filter((object) => !free.has(object));
    const notes = used.flatMap((object) => this.notesOf(cache, object));
    this.bug(cache, text, [this.slabInfo(slab), ...this.stack(['slab_err', '__kmem_cache_shutdown'])], notes);
    for (const object of used) {
      log.print(`Object ${this.pointer(object)} @offset=${object - slabs.address(slab)}`, LOGLEVEL_ERR);
      for (const line of this.tracking(cache, object)) log.print(line, LOGLEVEL_ERR);
    }
  }
  /** trace(): SLAB_TRACE prints each allocation and free. */
  trace(cache: number, slab: number, object: number, alloc: boolean): void {
    const { log } = this.ports.reports();
    const { slabs, caches } = this.p;
    const inuse = inuseOf(slabs.counters(slab));
    const what = `${alloc ? 'alloc' : 'free'} ${this.pointer(object)} inuse=${inuse} fp=${this.pointer(slabs.freelist(slab))}`;
    log.print(`TRACE ${this.ports.cacheName(cache)} ${what}`, LOGLEVEL_INFO);
    if (!alloc)
      for (const line of this.dump('Object   ', object, caches.objectSize(cache))) log.print(line, LOGLEVEL_INFO);
    for (const line of this.stack([])) log.print(line, LOGLEVEL_INFO);
  }

  // ---------------------------------------------------------------- parts
  private bug(cache: number, reason: string, lines: readonly string[], notes: readonly string[]): void {
    const reports = this.ports.reports();
    const title = `BUG ${this.ports.cacheName(cache)} (${reports.taint.text()}): ${reason}`;
    reports.log.report({ kind: 'BUG', head: [RULE], title, lines: [DASHES, '', ...lines], notes });
    reports.taintUnreliable(TAINT_BAD_PAGE);
  }
  private stack(inner: readonly string[]): string[] {
    return this.ports.reports().dumpStack(['dump_stack', ...inner, ...this.ports.functions()]);
  }
  /** print_slab_info */
  private slabInfo(slab: number): string {
    const { slabs } = this.p;
    const counters = slabs.counters(slab);
    return (
      `Slab ${this.pointer(slabs.pointer(slab))} objects=${objectsOf(counters)} used=${inuseOf(counters)} ` +
      `fp=${this.pointer(slabs.freelist(slab))} flags=${this.ports.pageFlags(slab)}`
    );
  }
  private trailer(cache: number, slab: number, object: number, inner: readonly string[]): string[] {
    const { layout, p } = this;
    const { caches, slabs } = p;
    const redZone = (caches.flags(cache) & SLAB_RED_ZONE) !== 0;
    const pad = caches.redLeftPad(cache);
    const size = caches.objectSize(cache);
    const start = slabs.address(slab);
    const before = redZone
      ? this.dump('Redzone  ', object - pad, pad)
      : object > start + ROW
        ? this.dump('Bytes b4 ', object - ROW, ROW)
        : [];
    const end = layout.dataEnd(cache);
    const whole = layout.sizeFromObject(cache);
    return [
      ...this.tracking(cache, object),
      this.slabInfo(slab),
      `Object ${this.pointer(object)} @offset=${object - start} fp=${this.nextOf(cache, object)}`,
      '',
      ...before,
      ...this.dump('Object   ', object, Math.min(size, PAGE_SIZE)),
      ...(redZone ? this.dump('Redzone  ', object + size, caches.inuse(cache) - size) : []),
      ...(end < whole ? this.dump('Padding  ', object + end, whole - end) : []),
      ...this.stack(inner),
    ];
  }
  /** The free pointer as it is, whatever it has been overwritten with. */
  private nextOf(cache: number, object: number): string {
    const { pointers } = this.p;
    pointers.read(cache, object);
    const { abi } = this.ports.reports();
    const wide = abi.wordSize === 8;
    const bits = (wide ? BigInt(pointers.hi >>> 0) << 32n : 0n) | BigInt(pointers.lo >>> 0);
    return this.plainPointers ? formatBits(abi, bits) : `0x${pointerId(abi, bits, bits === 0n)}`;
  }
  /** print_section: a hex dump with its addresses. */
  private dump(label: string, address: number, length: number): string[] {
    const { abi } = this.ports.reports();
    const bytes = this.ports.readBytes(address, Math.min(length, PAGE_SIZE));
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += ROW) {
      const row = [...bytes.subarray(at, at + ROW)];
      const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
      const bits = toBits(abi, address + at);
      const shown = this.plainPointers ? formatBits(abi, bits).slice(2) : pointerId(abi, bits, false);
      lines.push(`${label}${shown}: ${hex.padEnd(3 * ROW - 1)}  ${text}`);
    }
    return lines;
  }
  /** print_tracking */
  private tracking(cache: number, object: number): string[] {
    if (!(this.p.caches.flags(cache) & SLAB_STORE_USER)) return [];
    const line = (what: string, track: Track | undefined): string[] => {
      if (!track) return [];
      const { names } = this.ports.reports();
      const age = (this.ports.jiffies() - track.when) >>> 0;
      const head = `${what} in ${names.symbolizeAddress(track.addr)} age=${age} cpu=${track.cpu} pid=${track.pid}`;
      return [head, ...this.tracks.lines(track)];
    };
    const { alloc, free } = this.tracks.of(cache, object);
    return [...line('Allocated', alloc), ...line('Freed', free)];
  }
  private notesOf(cache: number, object: number): string[] {
    if (!(this.p.caches.flags(cache) & SLAB_STORE_USER)) return [];
    const { alloc, free } = this.tracks.of(cache, object);
    const note = (what: string, track: Track | undefined): string[] => {
      const [place, ...callers] = track ? this.tracks.sources(track) : [];
      return place === undefined ? [] : [`the object was ${what} ${place}`, ...callers];
    };
    return [...note('allocated', alloc), ...note('freed', free)];
  }
  /** get_map: the objects on a slab's freelist; what is not one of its objects ends the list. */
  private freeObjects(cache: number, slab: number): number[] {
    const { slabs, pointers } = this.p;
    const free: number[] = [];
    const most = objectsOf(slabs.counters(slab));
    for (let object = slabs.freelist(slab); object !== 0 && free.length < most; object = pointers.get(cache, object)) {
      if (!this.layout.isObject(cache, slab, object)) break;
      free.push(object);
    }
    return free;
  }
}
