/**
 * Recorded caches (`*-geometry`, `*-boot-caches`): what small kernels with SLUB, SLAB and SLOB chose for each kmem_cache_create, and for the
 * caches of their own. Each is computed as the allocator does it, and every recorded column that follows from rules is compared.
 */

import {
  CFLGS_OBJFREELIST_SLAB,
  CFLGS_OFF_SLAB,
  slabGeometry,
  slabMaxOrder,
  slabTuning,
} from '../../kernel/mm/slab/slab/slab_geometry';
import { calculateAlignment } from '../../kernel/mm/slab/slab_merge';
import { UNIT, unitsOf } from '../../kernel/mm/slab/slob/slob_page';
import {
  calculateSizes,
  cpuPartial,
  cpuPartialSlabs,
  minPartial,
  ooObjects,
  ooOrder,
  SLAB_DEBUG_FLAGS,
  slubParameters,
} from '../../kernel/mm/slub/slub_geometry';
import { layoutsFor } from '../../profiles/layoutsFor';
import { DEFAULT_PROFILE } from '../../profiles/profiles';
import { SLAB_TYPESAFE_BY_RCU } from '../../profiles/slabFlags';
import type { ReplayResult } from '../replay_result';
import { field, isObject, type Json, type JsonObject, num, TraceError } from '../trace_json';
import { list, texts } from './slab_json';

type Cell = string | number;
type Row = Readonly<Record<string, Cell>>;
/** A kmem_cache_create: bytes, and the flags that were asked for. */
interface Asked {
  readonly size: number;
  readonly align: number;
  readonly flags: number;
  readonly ctor: boolean;
}
/** What an allocator makes of a request: by column; undefined if it refuses. */
type Geometry = (asked: Asked) => Row | undefined;

export const recordsGeometry = (json: object): boolean => 'columns' in json && 'rows' in json && 'info' in json;

/** @throws TraceError for a damaged file */
export function replayGeometry(json: object, now: () => number): ReplayResult {
  const file = isObject(json) ? json : {};
  const run = field(file, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const geometry = geometryOf(run);
  const start = now();
  const differences: string[] = [];
  const rows = [
    ...rowsOf(file, 'columns', 'rows'),
    ...rowsOf(file, 'kmalloc_columns', 'kmalloc_caches'),
    // an alias has the geometry of the cache that it is another name for
  ].filter((row) => Number(row.refcount ?? 1) <= 1);
  for (const row of rows) {
    const asked = { size: Number(row.size), align: Number(row.align), flags: Number(row.flags), ctor: row.ctor === 1 };
    const got = geometry(asked);
    const what = `cache of ${row.size} bytes, align ${row.align}, flags 0x${Number(row.flags).toString(16)}`;
    if (!got) differences.push(`${what}: refused`);
    for (const [column, value] of Object.entries(got ?? {}))
      if (row[column] !== undefined && row[column] !== value)
        differences.push(`${what}: ${column} ${value}, recorded ${row[column]}`);
  }
  const failed = texts(file.failed, 'failed');
  for (const text of failed) {
    const [size = 0, align = 0] = text.split(' ').map(Number);
    const [, , flags = '', ctor] = text.split(' ');
    if (geometry({ size, align, flags: Number.parseInt(flags, 16), ctor: ctor === '1' }))
      differences.push(`cache ${text}: made, recorded as refused`);
  }
  const ops = rows.length + failed.length;
  return {
    ops,
    states: ops,
    firstMismatch: null,
    finalState: differences.length === 0 ? 'identical' : differences,
    notCompared: ['how many objects of the kernel’s own caches were in use: what else ran on that machine'],
    nsPerOp: Math.round(((now() - start) * 1e6) / Math.max(1, ops)),
  };
}
/** The rows of a table with their columns' names; none if the file does not have it. */
function rowsOf(file: JsonObject, columns: string, rows: string): Row[] {
  const names = texts(file[columns], columns);
  return list(file[rows] ?? [], rows).map((row) => {
    const cells = list(row, rows);
    return Object.fromEntries(names.map((name, i) => [name, cellOf(cells[i])]));
  });
}
const cellOf = (cell: Json | undefined): Cell => (typeof cell === 'string' ? cell : Number(cell));

function geometryOf(run: JsonObject): Geometry {
  const wordSize = num(run, 'ptr', 'run') === 4 ? 4 : 8;
  const align = ({ size, align: wanted, flags }: Asked): number => calculateAlignment(flags, wanted, size, wordSize);
  switch (run.alloc) {
    case 'SLUB':
      return slub(num(run, 'cpus', 'run'), wordSize, align);
    case 'SLAB':
      return slab(run, wordSize, align);
    case 'SLOB':
      return slob(wordSize, align);
    default:
      throw new TraceError(`run.alloc is ${String(run.alloc)}: SLUB, SLAB or SLOB is expected`);
  }
}
function slub(cpus: number, wordSize: 4 | 8, align: (asked: Asked) => number): Geometry {
  // bytes of a struct track: no request in the recordings has SLAB_STORE_USER
  const machine = { ...slubParameters({}), wordSize, cpus, trackSize: wordSize === 8 ? 32 : 20 };
  return (asked) => {
    const aligned = align(asked);
    const g = calculateSizes(machine, { objectSize: asked.size, align: aligned, flags: asked.flags, ctor: asked.ctor });
    if (!g) return undefined;
    const objects = cpuPartial(g.size, (g.flags & SLAB_DEBUG_FLAGS) !== 0);
    return {
      buffer_size: g.size,
      eff_align: aligned,
      num: ooObjects(g.oo),
      order: ooOrder(g.oo),
      min_num: ooObjects(g.min),
      min_order: ooOrder(g.min),
      inuse: g.inuse,
      offset: g.offset,
      min_partial: minPartial(g.size),
      cpu_partial: objects,
      cpu_partial_slabs: cpuPartialSlabs(objects, ooObjects(g.oo)),
    };
  };
}
/** Objects take whole units, and those that are freed after a grace period a struct slob_rcu more. */
function slob(wordSize: 4 | 8, align: (asked: Asked) => number): Geometry {
  const layouts = layoutsFor(DEFAULT_PROFILE, { arch: wordSize === 8 ? 'x86_64' : 'i386', allocator: 'slob' });
  const rcu = layouts.size('slob_rcu');
  return (asked) => {
    const bytes = asked.size + (asked.flags & SLAB_TYPESAFE_BY_RCU ? rcu : 0);
    return { buffer_size: unitsOf(bytes) * UNIT, eff_align: align(asked) };
  };
}
/** Sizes of SLAB's kmalloc caches; kmalloc-96 takes 128 bytes. */
const KMALLOC = [32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192];
function slab(run: JsonObject, wordSize: 4 | 8, align: (asked: Asked) => number): Geometry {
  const order = /slab_max_order=(\d+)/.exec(String(run.cmdline))?.[1];
  const machine = {
    wordSize,
    maxOrder: slabMaxOrder(order === undefined ? {} : { slab_max_order: order }, num(run, 'totalram', 'run')),
    kmallocCache(size: number) {
      const found = KMALLOC.find((s) => s >= size);
      return found === undefined ? undefined : { size: found === 96 ? 128 : found, offSlab: false };
    },
  };
  const possible = num(run, 'possible', 'run');
  return (asked) => {
    // flags that SLAB has added to the kernel's own caches are not asked for
    const flags = asked.flags & ~CFLGS_OBJFREELIST_SLAB & ~CFLGS_OFF_SLAB;
    const request = { objectSize: asked.size, align: align(asked), flags, constructor: asked.ctor };
    const g = slabGeometry(machine, request);
    if (!g) return undefined;
    return {
      buffer_size: g.size,
      eff_align: g.align,
      num: g.num,
      order: g.order,
      colour: g.colour,
      colour_off: g.colourOff,
      freelist_size: g.freelistSize,
      layout: g.flags & CFLGS_OBJFREELIST_SLAB ? 'obj' : g.flags & CFLGS_OFF_SLAB ? 'off' : 'on',
      ...slabTuning(g.size, possible),
    };
  };
}
