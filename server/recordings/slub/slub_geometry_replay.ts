/**
 * Recorded caches of SLUB (`*-geometry`, `*-boot-caches`): what small kernels chose for each kmem_cache_create, and for the caches of their
 * own. Each is computed as the allocator does it, and every recorded column that follows from rules is compared.
 */

import { calculateAlignment } from '../../kernel/mm/slab/slab_merge';
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
import type { ReplayResult } from '../replay_result';
import { type Row, rowsOf, texts } from '../slab/slab_json';
import { field, isObject, type JsonObject, num, TraceError } from '../trace_json';

/** A kmem_cache_create: bytes, and the flags that were asked for. */
interface Asked {
  readonly size: number;
  readonly align: number;
  readonly flags: number;
  readonly ctor: boolean;
}
/** What an allocator makes of a request: by column; undefined if it refuses. */
type Geometry = (asked: Asked) => Row | undefined;

export function recordsGeometry(json: object): boolean {
  const run = isObject(json) ? json.run : undefined;
  return 'columns' in json && 'rows' in json && isObject(run) && run.alloc === 'SLUB';
}

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
function geometryOf(run: JsonObject): Geometry {
  const wordSize = num(run, 'ptr', 'run') === 4 ? 4 : 8;
  const align = ({ size, align: wanted, flags }: Asked): number => calculateAlignment(flags, wanted, size, wordSize);
  return slub(num(run, 'cpus', 'run'), wordSize, align);
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
