/** The parts of KASAN, made before the run: first the checks of accesses, then those of the allocators. */
import type { BeyondRam } from '../../arch/beyond_ram';
import type { StackDepot } from '../../lib/stackdepot';
import type { StructMemory } from '../../lib/struct_memory';
import type { AllocTraces } from '../checks/alloc_traces';
import type { SlabObjects } from '../checks/slab_objects';
import type { Caller } from '../page_alloc/caller';
import { Kasan } from './kasan';
import { KasanReports, type ReportPorts } from './kasan_report';
import { KasanSlab } from './kasan_slab';
import { PageTrack } from './page_track';
import { Quarantine, type QuarantineSymbols } from './quarantine';
import type { SanitizedKernel } from './sanitized_kernel';
import type { KasanShadow } from './shadow';
import { AllocMeta } from './slab_meta';

interface KasanKernel extends SanitizedKernel {
  readonly memory: { readonly endPfn: number };
  readonly beyond: BeyondRam;
}
interface KasanPorts extends ReportPorts {
  readonly depot: StackDepot;
  /** index in mem.words of a word that says whether kmem has told of an access that KASAN does not see */
  readonly noted: number;
}
export interface KasanParts {
  readonly kasan: Kasan;
  readonly shadow: KasanShadow;
  readonly reports: KasanReports;
}

export function makeKasan(kernel: KasanKernel, shadow: KasanShadow, ports: KasanPorts): KasanParts {
  const track = new PageTrack(kernel.mem, ports.depot, kernel.beyond, kernel.memory.endPfn);
  const reports = new KasanReports(kernel, shadow, track, ports);
  return { kasan: new Kasan(kernel, shadow, track, reports, ports.noted), shadow, reports };
}

interface SlabPorts {
  readonly cpus: number;
  caller(): Caller;
  mayBlock(gfp: number): boolean;
  totalRam(): number;
  readonly symbols: QuarantineSymbols;
  /** the compound page that an address lies in */
  block(address: number): { readonly start: number; readonly bytes: number };
  /** SlabBackend.freeKept */
  release(cache: number, object: number): void;
}
/** What the slab allocator tells of its objects. */
export function makeKasanSlab(
  { shadow, reports }: KasanParts,
  m: StructMemory,
  objects: SlabObjects,
  traces: AllocTraces,
  ports: SlabPorts,
): KasanSlab {
  const meta = new AllocMeta(m, objects, shadow, traces);
  reports.addObjects(meta);
  const quarantine = new Quarantine(m, ports.symbols, {
    cpus: ports.cpus,
    cpu: () => ports.caller().cpu(),
    totalRam: ports.totalRam,
    objectOf: (link) => objects.at(link) ?? { cache: 0, object: link },
    release(cache, object) {
      sanitizer.released(object);
      ports.release(cache, object);
    },
  });
  const sanitizer: KasanSlab = new KasanSlab(objects, meta, shadow, reports, quarantine, traces, {
    pid: () => ports.caller().pid(),
    mayBlock: ports.mayBlock,
    functions: () => ports.caller().functions(),
    block: ports.block,
  });
  return sanitizer;
}
