/**
 * Writes struct pglist_data, struct zone and the per-CPU page lists as boot leaves them before any page moves
 * (mm/page_alloc.c: free_area_init_core, zone_init_internals, setup_zone_pageset, per_cpu_pages_init, 6.1).
 */

import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import type { ArchInfo } from '../../profiles/archInfo';
import { alignOf } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { MAX_ORDER } from '../arch/arch';
import { MIGRATE_TYPES } from '../mm/migratetype';
import type { NodeInfo } from '../mm/node';
import type { PcpuPool } from '../mm/percpu/pcpu_pool';
import type { Zone } from '../mm/zone';
import { Zone as ZoneView } from '../mm/zone';
import { NR_PCP_LISTS } from '../mm/zone_percpu';
import { buildZonelists } from '../mm/zonelist';
import type { Booted } from './boot_memory';
import type { PerCpuFirstChunk } from './percpu_first';
import type { SymbolTable } from './symbols';
import type { ZoneSpan } from './zone_span';

/** Where a zone's per-CPU structures are, as per-CPU addresses. */
interface ZonePcpAddresses {
  readonly pages: number;
  readonly stat: number;
}

/** The memory that the zones are written to. */
interface ZoneMemory {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly layouts: Layouts;
  readonly arch: ArchInfo;
  readonly percpu: PerCpuFirstChunk;
  readonly pcpu: PcpuPool;
  readonly symbols: SymbolTable;
}

export class ZoneSetup {
  private readonly names = new Map<string, number>();

  constructor(
    private readonly k: ZoneMemory,
    private readonly booted: Booted,
  ) {}

  /** Writes all nodes and zones; returns the zones' views, by node and index, empty ones too. */
  run(): Zone[] {
    const { booted } = this;
    const zones = booted.nodes.flatMap((node) => {
      const spans = booted.spans.filter((s) => s.node === node.id);
      this.writeNode(node, spans);
      return spans.map((span) => this.writeZone(node, span));
    });
    for (const node of booted.nodes) {
      buildZonelists(
        this.k.space,
        this.k.layouts,
        node,
        booted.nodes.map((n) => n.id),
        zones,
      );
    }
    return zones;
  }

  private at(base: number, tag: string, field: string): number {
    return base + this.k.layouts.offset(tag, field);
  }
  private writeLong(va: number, value: number): void {
    if (this.k.layouts.abi.wordSize === 8) this.k.space.write64Number(va, value);
    else this.k.space.write32(va, value);
  }
  private emptyList(va: number): void {
    this.writeLong(va, va);
    this.writeLong(va + this.k.layouts.abi.wordSize, va);
  }

  private writeNode(node: NodeInfo, spans: readonly ZoneSpan[]): void {
    const { layouts, space } = this.k;
    const field = (name: string) => this.at(node.addr, 'pglist_data', name);
    space.write32(field('nr_zones'), Math.max(0, ...spans.map((s) => (s.spanned > 0 ? s.idx + 1 : 0))));
    this.writeLong(field('node_start_pfn'), node.startPfn);
    this.writeLong(field('node_present_pages'), node.present);
    this.writeLong(field('node_spanned_pages'), node.spanned);
    space.write32(field('node_id'), node.id);
    for (const queue of ['kswapd_wait', 'pfmemalloc_wait', 'kcompactd_wait']) {
      if (layouts.has('pglist_data', queue)) this.emptyList(this.at(field(queue), 'wait_queue_head', 'head'));
    }
    for (let i = 0; i < 4; i++) {
      const queue = field('reclaim_wait') + i * layouts.size('wait_queue_head');
      this.emptyList(this.at(queue, 'wait_queue_head', 'head'));
    }
    for (let i = 0; i < 5; i++) this.emptyList(field('__lruvec') + layouts.offset('lruvec', `lists[${i}]`));
    if (layouts.has('pglist_data', 'node_mem_map')) this.writeLong(field('node_mem_map'), this.booted.memMap.base);
  }

  private nameOf(name: string): number {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const va = this.k.symbols.rodata(name.length + 1);
    this.k.space.writeBytes(va, Uint8Array.from([...name].map((c) => c.charCodeAt(0)).concat(0)));
    this.names.set(name, va);
    return va;
  }

  private writeZone(node: NodeInfo, span: ZoneSpan): Zone {
    const { layouts, space, percpu, mem } = this.k;
    const offset = span.idx * layouts.size('zone');
    const addr = node.addr + offset;
    const field = (name: string) => this.at(addr, 'zone', name);
    const populated = span.spanned > 0;
    const pcp = this.pageset(populated);
    this.writeLong(field('zone_pgdat'), node.addr);
    if (layouts.has('zone', 'node')) space.write32(field('node'), node.id);
    this.writeLong(field('per_cpu_pageset'), pcp.pages);
    this.writeLong(field('per_cpu_zonestats'), pcp.stat);
    this.writeLong(field('name'), this.nameOf(span.name));
    this.writeLong(field('zone_start_pfn'), span.start);
    this.writeLong(field('spanned_pages'), span.spanned);
    this.writeLong(field('present_pages'), span.present);
    if (layouts.has('zone', 'present_early_pages')) this.writeLong(field('present_early_pages'), span.present);
    if (layouts.has('zone', 'pageblock_flags') && populated) {
      const bits = this.booted.pageblocks.bitAddress(span.start);
      this.writeLong(field('pageblock_flags'), node.addr - node.phys + Math.floor(bits / 8));
    }
    space.write32(field('initialized'), populated ? 1 : 0);
    space.write32(field('pageset_batch'), 1);
    if (populated) space.write8(field('contiguous'), span.spanned === span.present ? 1 : 0);
    for (let order = 0; order < MAX_ORDER; order++) {
      const area = field('free_area') + order * layouts.size('free_area');
      for (let mt = 0; mt < MIGRATE_TYPES; mt++) this.emptyList(area + mt * layouts.size('list_head'));
    }
    return new ZoneView(mem, layouts, {
      addr,
      phys: node.phys + offset,
      nid: node.id,
      idx: span.idx,
      name: span.name,
      populated,
      cpus: percpu.cpus,
      perCpu: (cpu) => ({
        pagesAddr: percpu.va(cpu, pcp.pages),
        pagesPhys: percpu.phys(cpu, pcp.pages),
        zonestatPhys: percpu.phys(cpu, pcp.stat),
      }),
    });
  }

  /** A populated zone has page lists of its own; empty ones share the boot pageset. */
  private pageset(populated: boolean): ZonePcpAddresses {
    const { layouts, percpu, pcpu, symbols, space } = this.k;
    const boot = (name: string) => symbols.lookup(name)?.va ?? 0;
    if (!populated) return { pages: boot('boot_pageset'), stat: boot('boot_zonestats') };
    const alloc = (tag: string): number =>
      pcpu.bootAlloc(layouts.size(tag), alignOf(layouts.parseType(`struct ${tag}`)));
    const pages = alloc('per_cpu_pages');
    const stat = alloc('per_cpu_zonestat');
    for (let cpu = 0; cpu < percpu.cpus; cpu++) this.initPageset(percpu.va(cpu, pages), space);
    return { pages, stat };
  }
  /** per_cpu_pages_init: empty lists, one page at a time until the zone's sizes are computed */
  private initPageset(va: number, space: AddressSpace): void {
    const lists = this.at(va, 'per_cpu_pages', 'lists');
    for (let i = 0; i < NR_PCP_LISTS; i++) this.emptyList(lists + i * this.k.layouts.size('list_head'));
    space.write32(this.at(va, 'per_cpu_pages', 'batch'), 1);
  }

  /** The boot pagesets, for zones without memory. */
  initBootPagesets(): void {
    const { percpu, symbols, space } = this.k;
    for (let cpu = 0; cpu < percpu.cpus; cpu++) this.initPageset(symbols.address('boot_pageset', cpu), space);
  }

  /** memblock_free_all: the list heads and counters; descriptors already read as linked (free_lists.ts). */
  fillFreeLists(zones: readonly Zone[]): void {
    const { layouts } = this.k;
    const { free, memMap } = this.booted;
    const lru = (pfn: number) => memMap.base + pfn * memMap.pageSize + layouts.offset('page', 'lru');
    const blocks = new Map<string, number>();
    for (const list of free.lists) {
      const zone = zones[list.zone] as Zone;
      const area = this.at(zone.addr, 'zone', 'free_area') + list.order * layouts.size('free_area');
      const head = area + list.migratetype * layouts.size('list_head');
      this.writeLong(head, lru(list.head));
      this.writeLong(head + layouts.abi.wordSize, lru(list.tail));
      const key = `${list.zone}/${list.order}`;
      blocks.set(key, (blocks.get(key) ?? 0) + list.count);
      this.writeLong(this.at(area, 'free_area', 'nr_free'), blocks.get(key) ?? 0);
    }
    zones.forEach((zone, i) => {
      zone.setVmStat(0, free.freePages[i] ?? 0);
    });
  }
}
