/** /proc/slabinfo (mm/slab_common.c: print_slabinfo_header, cache_show, 6.1). */
import type { Slab } from '../mm/slab/slab_api';

interface SlabInfoKernel {
  readonly allocators: { readonly slab: Slab };
}
interface SlabInfoRow {
  readonly name: string;
  readonly active_objs: number;
  readonly num_objs: number;
  readonly objsize: number;
  readonly objperslab: number;
  readonly pagesperslab: number;
  readonly limit: number;
  readonly batchcount: number;
  readonly sharedfactor: number;
  readonly active_slabs: number;
  readonly num_slabs: number;
  readonly sharedavail: number;
}

/** A row for each cache, the newest first. */
export function slabInfo({ allocators: { slab } }: SlabInfoKernel): SlabInfoRow[] {
  return slab.all().map((cache) => {
    const info = slab.backend.info(cache);
    return {
      name: slab.fields.name(cache),
      active_objs: info.activeObjs,
      num_objs: info.numObjs,
      objsize: slab.fields.size(cache),
      objperslab: info.objectsPerSlab,
      pagesperslab: 1 << info.cacheOrder,
      limit: info.limit,
      batchcount: info.batchcount,
      sharedfactor: info.shared,
      active_slabs: info.activeSlabs,
      num_slabs: info.numSlabs,
      sharedavail: info.sharedAvail,
    };
  });
}

const HEADER =
  'slabinfo - version: 2.1\n' +
  '# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>' +
  ' : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n';

export function slabinfo(k: SlabInfoKernel): string {
  const column = (n: number, width: number) => String(n).padStart(width);
  const rows = slabInfo(k).map((r) =>
    [
      `${r.name.padEnd(17)} ${column(r.active_objs, 6)} ${column(r.num_objs, 6)} ${column(r.objsize, 6)}`,
      ` ${column(r.objperslab, 4)} ${column(r.pagesperslab, 4)}`,
      ` : tunables ${column(r.limit, 4)} ${column(r.batchcount, 4)} ${column(r.sharedfactor, 4)}`,
      ` : slabdata ${column(r.active_slabs, 6)} ${column(r.num_slabs, 6)} ${column(r.sharedavail, 6)}\n`,
    ].join(''),
  );
  return HEADER + rows.join('');
}
