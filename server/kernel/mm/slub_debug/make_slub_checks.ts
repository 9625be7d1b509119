/** The parts of slub_debug, made with the allocator. */
import type { PoisonValues } from '../../../profiles/profile';
import type { Layouts } from '../../../types/layout';
import type { Reports } from '../../printk/reports';
import type { AllocTraces } from '../checks/alloc_traces';
import type { Caller } from '../page_alloc/caller';
import type { ObjectParts, SlubObjectChecks } from '../slub/slub_make';
import { SilentFrees } from './silent_frees';
import { SlubChecks } from './slub_checks';
import type { SlubDebugOptions } from './slub_debug_options';
import { SlubLayout } from './slub_layout';
import { SlubReports } from './slub_reports';
import { SlubTracks } from './slub_tracks';

interface SlubCheckPorts {
  readonly layouts: Layouts;
  readonly poison: PoisonValues;
  readonly caller: Caller;
  /** possible CPUs */
  readonly cpus: number;
  /** another checker of objects looks at what is freed */
  readonly sanitized: boolean;
  reports(): Reports;
  cacheName(cache: number): string;
  fill(address: number, length: number, byte: number): void;
  readBytes(address: number, length: number): Uint8Array;
  /** %pGp of a page's flags */
  pageFlags(pfn: number): string;
  /** pages of a slab, log2 */
  order(slab: number): number;
  /** bytes that a sanitizer keeps behind an object */
  metadata(cache: number): number;
}

export function makeSlubChecks(
  parts: ObjectParts,
  options: SlubDebugOptions,
  traces: AllocTraces,
  ports: SlubCheckPorts,
): SlubObjectChecks {
  const { caller } = ports;
  const layout = new SlubLayout(parts, ports.layouts.size('track'), ports.metadata);
  const tracks = new SlubTracks(parts.m, layout, traces, caller, ports.layouts);
  const isOn = options.all !== 0 || options.named.length > 0;
  const reportPorts = { ...ports, functions: () => caller.functions(), jiffies: () => caller.jiffies() };
  const reports = new SlubReports(parts, layout, tracks, reportPorts, isOn);
  const silent = new SilentFrees(parts, layout, ports.cpus, { ...ports, cpu: () => caller.cpu() });
  return {
    lookAtFree: ports.sanitized ? undefined : (cache, slab, object) => silent.look(cache, slab, object),
    debug: new SlubChecks(parts, options, layout, tracks, reports, ports.poison, ports),
    listObjects: (cache, slab, text) => reports.remaining(cache, slab, text),
  };
}
