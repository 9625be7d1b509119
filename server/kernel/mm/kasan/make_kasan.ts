/** The parts of KASAN, made before the run. */
import type { BeyondRam } from '../../arch/beyond_ram';
import type { StackDepot } from '../../lib/stackdepot';
import { Kasan } from './kasan';
import { KasanReports, type ReportPorts } from './kasan_report';
import { PageTrack } from './page_track';
import type { SanitizedKernel } from './sanitized_kernel';
import type { KasanShadow } from './shadow';

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
  readonly reports: KasanReports;
}

export function makeKasan(kernel: KasanKernel, shadow: KasanShadow, ports: KasanPorts): KasanParts {
  const track = new PageTrack(kernel.mem, ports.depot, kernel.beyond, kernel.memory.endPfn);
  const reports = new KasanReports(kernel, shadow, track, ports);
  return { kasan: new Kasan(kernel, shadow, track, reports, ports.noted), reports };
}
