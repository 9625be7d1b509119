/**
 * Recorded runs of a real page allocator (test/fixtures/traces): loads the state before (t0) into emulated memory, repeats the
 * operations, compares every pfn and the whole state after (t1).
 */

import { MIGRATE_TYPES } from '../kernel/mm/migratetype';
import type { PageAllocator } from '../kernel/mm/page_alloc/page_alloc';
import type { Zone } from '../kernel/mm/zone';
import { MAX_ORDER, NR_FREE_PAGES } from '../kernel/mm/zone';
import type { Arch } from '../types/ctype';
import { clearPage, putFreeBlock } from './free_blocks';
import { archOfRun, field, isObject, type Json, type JsonObject, num, nums, TraceError } from './trace_json';

export interface RecordedZone {
  readonly node: number;
  readonly zone: string;
  readonly nrFree: number;
  readonly diffs: readonly number[];
  readonly threshold: number;
  readonly wmark: readonly number[];
  readonly boost: number;
  readonly reserve: readonly number[];
  readonly managed: number;
  readonly highatomic: number;
  readonly flags: number;
  readonly start: number;
  readonly spanned: number;
  /** by CPU */
  readonly pcp: readonly { count: number; high: number; batch: number; factor: number }[];
  /** pfns by order · 5 + migratetype, from head to tail */
  readonly free: readonly (readonly number[])[];
  /** pfns by CPU and list */
  readonly lists: readonly (readonly (readonly number[])[])[];
  readonly lru: readonly number[];
  /** one migratetype per pageblock, from the block of `start` on; −1 where there is no memory */
  readonly blocks: readonly number[];
}
type TraceOp =
  | { readonly alloc: true; readonly order: number; readonly gfp: number; readonly pfn: number }
  | { readonly alloc: false; readonly order: number; readonly pfn: number };
/** A machine, and the state of its page allocator when the recording begins. */
export interface RecordedMachine {
  readonly arch: Arch;
  /** bytes of RAM */
  readonly ramBytes: number;
  readonly cpus: number;
  readonly nodes: number;
  readonly before: readonly RecordedZone[];
}
export interface Trace extends RecordedMachine {
  readonly after: readonly RecordedZone[];
  readonly ops: readonly TraceOp[];
}

const PCP_LISTS = 14;

/** Reads a recorded trace. @throws TraceError saying what is missing */
export function readTrace(json: unknown): Trace {
  const root = json as Json;
  if (!isObject(root)) throw new TraceError('the file is not a JSON object');
  const run = field(root, 'run', 'the file');
  const experiments = field(root, 'experiments', 'the file');
  if (!isObject(run) || !isObject(experiments)) throw new TraceError('"run" and "experiments" must be objects');
  const experiment = field(experiments, 'trace', 'experiments');
  if (!isObject(experiment)) throw new TraceError('"experiments.trace" must be an object');
  archOfRun(run);
  const lines = field(experiment, 'lines', 'trace');
  const ops = field(experiment, 'ops', 'trace');
  if (!Array.isArray(lines) || !Array.isArray(ops)) throw new TraceError('"lines" and "ops" must be arrays');
  const records = (lines as readonly Json[]).filter(isObject);
  const masks: number[] = [];
  for (const l of records) if (l.kind === 'tracegfp') masks[num(l, 'idx', 'tracegfp')] = num(l, 'gfp', 'tracegfp');
  const machine = readMachine(run, records, 't0');
  return {
    ...machine,
    after: readState(records, 't1', machine.cpus),
    ops: (ops as readonly Json[]).map((op, i) => readOp(op, i, masks)),
  };
}
/** The machine of a run, with the state that the lines with a tag describe. @throws TraceError saying what is missing */
export function readMachine(run: JsonObject, records: readonly JsonObject[], tag: string): RecordedMachine {
  const cpus = num(run, 'cpus', 'run');
  return {
    arch: archOfRun(run).arch,
    ramBytes: num(run, 'ram_mb', 'run') * 2 ** 20,
    cpus,
    nodes: num(run, 'nodes', 'run'),
    before: readState(records, tag, cpus),
  };
}

function readOp(op: Json, index: number, masks: readonly number[]): TraceOp {
  const parts = String(op).split(' ');
  const partAt = (i: number) => {
    const value = Number(parts[i]);
    if (parts[i] === undefined || !Number.isInteger(value)) {
      throw new TraceError(`operation ${index}: "${String(op)}" is neither "A order gfp pfn zone" nor "F order pfn"`);
    }
    return value;
  };
  if (parts[0] === 'F') return { alloc: false, order: partAt(1), pfn: partAt(2) };
  if (parts[0] !== 'A') throw new TraceError(`operation ${index}: "${String(op)}" begins with neither A nor F`);
  const gfp = masks[partAt(2)];
  if (gfp === undefined) throw new TraceError(`operation ${index}: no tracegfp with index ${parts[2]}`);
  return { alloc: true, order: partAt(1), gfp, pfn: partAt(3) };
}

function readState(records: readonly JsonObject[], tag: string, cpus: number): RecordedZone[] {
  const mine = records.filter((r) => r.tag === tag);
  const snaps = mine.filter((r) => r.kind === 'snap');
  if (snaps.length === 0) throw new TraceError(`no "snap" line with tag ${tag}: that state is missing`);
  return snaps.map((s): RecordedZone => {
    const node = num(s, 'node', 'snap');
    const zone = String(field(s, 'zone', 'snap'));
    const where = `${tag} ${node}/${zone}`;
    const own = mine.filter((r) => r.node === s.node && r.zone === s.zone);
    const free: number[][] = Array.from({ length: MAX_ORDER * MIGRATE_TYPES }, () => []);
    const lists = Array.from({ length: cpus }, () => Array.from({ length: PCP_LISTS }, (): number[] => []));
    let lru: number[] = [];
    let blocks: number[] = [];
    for (const r of own) {
      if (r.kind === 'freelist') {
        free[num(r, 'order', where) * MIGRATE_TYPES + num(r, 'mt', where)] = nums(r.pfns, where);
      } else if (r.kind === 'pcplist') {
        const cpu = lists[num(r, 'cpu', where)];
        if (cpu) cpu[num(r, 'idx', where)] = nums(r.pfns, where);
      } else if (r.kind === 'lru') lru = nums(r.pfns, where);
      else if (r.kind === 'blocks')
        blocks = [...String(field(r, 'mts', where))].map((c) => (c === '-' ? -1 : Number(c)));
    }
    const pcp = String(field(s, 'pcp', where))
      .split(',')
      .map((text) => {
        const m = /^cpu\d+:(-?\d+)\/(\d+)\/(\d+)\/ff(\d+)$/.exec(text.trim());
        if (!m) throw new TraceError(`${where}: pcp "${text}" is not of the form cpu0:count/high/batch/ff0`);
        return { count: Number(m[1]), high: Number(m[2]), batch: Number(m[3]), factor: Number(m[4]) };
      });
    return {
      node,
      zone,
      nrFree: num(s, 'nr_free_pages', where),
      diffs: nums(field(s, 'diff', where), where),
      threshold: num(s, 'thr', where),
      wmark: nums(field(s, 'wm', where), where),
      boost: num(s, 'boost', where),
      reserve: nums(field(s, 'reserve', where), where),
      managed: num(s, 'managed', where),
      highatomic: num(s, 'hiatomic', where),
      flags: Number(s.zflags ?? 0),
      start: num(s, 'start', where),
      spanned: num(s, 'spanned', where),
      pcp,
      free,
      lists,
      lru,
      blocks,
    };
  });
}

const zoneNamed = (alloc: PageAllocator, z: RecordedZone): Zone => {
  const zone = alloc.zones.find((x) => x.node === z.node && x.name === z.zone);
  if (!zone) throw new TraceError(`the machine has no zone ${z.node}/${z.zone}`);
  return zone;
};

/** Writes a recorded state into emulated memory; the allocator's lists must be empty and every page taken. */
export function loadState(alloc: PageAllocator, state: readonly RecordedZone[]): void {
  const { pages, buddy, blocks } = alloc;
  for (const z of state) {
    const zone = zoneNamed(alloc, z);
    for (const [mark, pages] of z.wmark.entries()) zone.setWmark(mark, pages);
    for (const [i, pages] of z.reserve.entries()) zone.setLowmemReserve(i, pages);
    zone.watermarkBoost = z.boost;
    zone.managedPages = z.managed;
    zone.nrReservedHighatomic = z.highatomic;
    zone.setVmStat(NR_FREE_PAGES, z.nrFree);
    zone.setLong(zone.flags, z.flags);
    const firstBlock = z.start >>> blocks.order;
    for (const [i, mt] of z.blocks.entries()) {
      if (mt >= 0) blocks.setMigratetype(Math.max(z.start, (firstBlock + i) << blocks.order), mt);
    }
    z.free.forEach((list, i) => {
      const order = Math.floor(i / MIGRATE_TYPES);
      for (const pfn of list) putFreeBlock(alloc, zone, pfn, order, i % MIGRATE_TYPES);
    });
    z.pcp.forEach((p, cpu) => {
      const pcp = zone.onCpu(cpu);
      pcp.count = p.count;
      pcp.high = p.high;
      pcp.batch = p.batch;
      pcp.freeFactor = p.factor;
      pcp.statThreshold = z.threshold;
      pcp.setStatDiff(NR_FREE_PAGES, z.diffs[cpu] ?? 0);
      (z.lists[cpu] ?? []).forEach((list, pindex) => {
        const head = pcp.list(pindex);
        const order = alloc.pcp.pindexToOrder(pindex);
        for (const pfn of list) {
          for (let k = 0; k < 1 << order; k++) clearPage(alloc, pfn + k);
          buddy.lists.addTail(pfn, pages.word(pfn), head.word, head.lo, head.hi);
          // lists of huge pages do not show the migratetype: it is the block's
          buddy.setPcpMigratetype(pfn, pindex < 12 ? pindex % 3 : blocks.migratetype(pfn));
        }
      });
    });
    for (const pfn of z.lru) pages.setFlagsLow(pfn, pages.flagsLow(pfn) | pages.pageFlags.lru);
  }
}
/** The pfns on a list, from head to tail. */
export function listPfns(alloc: PageAllocator, head: { word: number; lo: number; hi: number }): number[] {
  const out: number[] = [];
  let pfn = alloc.buddy.lists.first(head.word, head.lo, head.hi);
  while (pfn >= 0 && out.length <= alloc.pages.endPfn) {
    out.push(pfn);
    pfn = alloc.buddy.lists.next(pfn, head.lo, head.hi);
  }
  return out;
}

/** Differences between the emulator's state and a recorded one, as text; empty if there are none. */
export function compareState(alloc: PageAllocator, state: readonly RecordedZone[]): string[] {
  const out: string[] = [];
  const same = (what: string, got: number, want: number) => {
    if (got !== want) out.push(`${what}: ${got}, recorded ${want}`);
  };
  const sameList = (what: string, got: readonly number[], want: readonly number[]) => {
    const at = got.length !== want.length ? Math.min(got.length, want.length) : got.findIndex((p, i) => p !== want[i]);
    const first = got.findIndex((p, i) => p !== want[i]);
    if (got.length === want.length && at < 0) return;
    const i = first < 0 ? at : first;
    out.push(
      `${what}: differs from entry ${i} (${got[i] ?? 'end'}, recorded ${want[i] ?? 'end'}; ${got.length} entries, recorded ${want.length})`,
    );
  };
  for (const z of state) {
    const zone = zoneNamed(alloc, z);
    const name = `${z.node}/${z.zone}`;
    z.free.forEach((want, i) => {
      const order = Math.floor(i / MIGRATE_TYPES);
      const head = zone.freeList(order, i % MIGRATE_TYPES);
      sameList(`${name} free list order ${order} migratetype ${i % MIGRATE_TYPES}`, listPfns(alloc, head), want);
    });
    for (let order = 0; order < MAX_ORDER; order++) {
      const blocks = z.free.slice(order * MIGRATE_TYPES, (order + 1) * MIGRATE_TYPES).reduce((n, l) => n + l.length, 0);
      same(`${name} free_area[${order}].nr_free`, zone.nrFreeBlocks(order), blocks);
    }
    z.pcp.forEach((p, cpu) => {
      const pcp = zone.onCpu(cpu);
      same(`${name} cpu${cpu} pcp count`, pcp.count, p.count);
      same(`${name} cpu${cpu} pcp high`, pcp.high, p.high);
      same(`${name} cpu${cpu} pcp batch`, pcp.batch, p.batch);
      same(`${name} cpu${cpu} pcp free_factor`, pcp.freeFactor, p.factor);
      same(`${name} cpu${cpu} vm_stat_diff`, pcp.statDiff(NR_FREE_PAGES), z.diffs[cpu] ?? 0);
      (z.lists[cpu] ?? []).forEach((want, pindex) => {
        sameList(`${name} cpu${cpu} pcp list ${pindex}`, listPfns(alloc, pcp.list(pindex)), want);
      });
    });
    same(`${name} vm_stat[NR_FREE_PAGES]`, zone.vmStatOf(NR_FREE_PAGES), z.nrFree);
    same(`${name} watermark_boost`, zone.watermarkBoost, z.boost);
    same(`${name} nr_reserved_highatomic`, zone.nrReservedHighatomic, z.highatomic);
    same(`${name} flags`, zone.getLong(zone.flags), z.flags);
    for (const [mark, want] of z.wmark.entries()) same(`${name} _watermark[${mark}]`, zone.wmark(mark), want);
    const firstBlock = z.start >>> alloc.blocks.order;
    z.blocks.forEach((want, i) => {
      if (want < 0) return;
      const pfn = Math.max(z.start, (firstBlock + i) << alloc.blocks.order);
      same(`${name} pageblock of pfn ${pfn}`, alloc.blocks.migratetype(pfn), want);
    });
  }
  return out;
}

/** Repeats the operations. Returns the first that gave another pfn than the recording has, or undefined. */
export function replayOps(
  alloc: PageAllocator,
  ops: readonly TraceOp[],
  node = 0,
): { index: number; op: TraceOp; got: number } | undefined {
  for (let index = 0; index < ops.length; index++) {
    const op = ops[index] as TraceOp;
    if (!op.alloc) {
      alloc.freePages(op.pfn, op.order);
      continue;
    }
    const got = alloc.allocPages(op.gfp, op.order, node);
    if (got !== op.pfn) return { index, op, got };
  }
  return undefined;
}

/** An operation as the trace writes it. */
export const formatOp = (op: TraceOp): string =>
  op.alloc
    ? `alloc order ${op.order} gfp 0x${op.gfp.toString(16)} pfn ${op.pfn}`
    : `free order ${op.order} pfn ${op.pfn}`;
