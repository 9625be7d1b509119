/**
 * The experiment `kmalloc` on Debian's kernels: sizes from 0 to above the maximum with ten masks, each freed at once; what the allocation
 * turned out to be. Also krealloc, an overflow of kmalloc_array, and kvmalloc.
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { SlabPages } from '../../kernel/mm/slab/slab_pages';
import { gfpValue } from '../../profiles/gfpValue';
import type { GfpBit, GfpFacts, GfpMask } from '../../profiles/profile';
import { compareLines, type Printed, pointerText } from '../experiment_lines';
import type { ReplayResult } from '../replay_result';
import { archOfRun, experimentLines, field, isObject, type JsonObject, num, TraceError } from '../trace_json';

/** Repeats the experiment. @throws TraceError for a damaged file */
export function replayKmallocExperiment(json: object, now: () => number): ReplayResult {
  const root: JsonObject = isObject(json) ? json : {};
  const run = field(root, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const { config } = defaultConfig();
  const k = bootKernel(
    defaultConfig({
      arch: archOfRun(run).arch,
      memory: num(run, 'ram_mb', 'run') * 2 ** 20,
      cpus: num(run, 'cpus', 'run'),
      config: { ...config, KASAN: false },
    }),
  );
  const begin = now();
  const recorded = experimentLines(json, 'kmalloc') ?? [];
  const printed = recorded.filter(isObject).flatMap((line) => repeat(k, line));
  const nsPerOp = Math.round(((now() - begin) * 1e6) / Math.max(1, printed.length));
  const left = [
    'addresses, and to what they happen to be aligned: the slabs and their objects are others',
    'what kvmalloc and an overflowing kmalloc_array answer: nothing of SLUB is in it',
  ];
  return compareLines(recorded, printed, left, nsPerOp);
}

function repeat(k: Kernel, line: JsonObject): Printed[] {
  const { slab } = k.allocators;
  const kernel = k.gfp.kernel;
  switch (line.kind) {
    case 'kmalloc':
      return [kmalloc(k, String(line.gfp), num(line, 'size', 'kmalloc'))];
    case 'krealloc': {
      // 50 bytes, then 60 and 70
      const first = slab.kmalloc(50, kernel);
      const same = slab.kmallocs.krealloc(first, 60, kernel) === first;
      const moved = slab.kmallocs.krealloc(first, 70, kernel);
      const ksize = slab.kmallocs.ksize(moved);
      slab.kfree(moved);
      if (same !== String(line.b60).endsWith('(same=1)')) return [{ kind: 'krealloc', b60: `same=${same}` }];
      return [{ kind: 'krealloc', ksize }];
    }
    case 'kvmalloc':
      return [{ kind: 'kvmalloc', size: num(line, 'size', 'kvmalloc') }];
    case 'kmalloc_array_overflow':
      return [{ kind: 'kmalloc_array_overflow' }];
    default:
      return [];
  }
}
/** One allocation as the module describes it. */
function kmalloc(k: Kernel, gfp: string, size: number): Printed {
  const { allocators, pages, pageAlloc } = k;
  const { slab } = allocators;
  const object = slab.kmalloc(size, maskOf(k.profile.gfp, gfp) | k.gfp.nowarn);
  const ksize = object === 0 ? 0 : slab.kmallocs.ksize(object);
  if (size === 0 || object === 0) return { kind: 'kmalloc', gfp, size, ptr: pointerText(object), ksize };
  const slabPages = new SlabPages(k);
  const pfn = slabPages.folio(object);
  const isSlab = pages.isSlab(pfn);
  const order = pageAlloc.compound.orderOf(pfn);
  const cache = isSlab ? slab.fields.name(slabPages.cacheOf(object)) : '-';
  const zone = pageAlloc.zoneOf(pfn).name;
  slab.kfree(object);
  return { kind: 'kmalloc', gfp, size, ksize, cache, order, zone, pageslab: +isSlab, head: order > 0 ? 1 : 0 };
}
/** `GFP_KERNEL|DMA|ACCOUNT` */
function maskOf(gfp: GfpFacts, text: string): number {
  return text
    .split('|')
    .map((name) => gfpValue(gfp, (/^GFP_/.test(name) ? name : `__GFP_${name}`) as GfpBit | GfpMask))
    .reduce((mask, bits) => mask | bits, 0);
}
