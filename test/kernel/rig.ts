/**
 * A page allocator on bare memory, for tests: zones with the given spans, every frame taken, empty lists. No boot, no kernel around it.
 */

import { encodeFlagFields, PageTable } from '../../server/kernel/page';
import type { PageAllocatorOptions } from '../../server/kernel/page_alloc';
import { PageAllocator } from '../../server/kernel/page_alloc';
import { Pageblocks } from '../../server/kernel/pageblock';
import { Zone } from '../../server/kernel/zone';
import type { Arch } from '../../server/memory/ctype';
import { layoutsFor } from '../../server/memory/layout';
import { Memory } from '../../server/memory/memory';
import { AddressSpace } from '../../server/memory/space';

export interface RigZone {
  node: number;
  idx: number;
  name: string;
  start: number;
  end: number;
}
export interface Rig {
  mem: Memory;
  alloc: PageAllocator;
  zones: Zone[];
  pages: PageTable;
}

/** Physical places: all far above the zones' frames, so that the zones' own frames stay untouched. */
const AREA = 0x1000_0000_00;

export function rig(
  arch: Arch,
  spans: RigZone[],
  cpus: number,
  nodes: number,
  extra: Partial<PageAllocatorOptions> = {},
  zonelist?: (node: number, zones: Zone[]) => Zone[],
): Rig {
  const layouts = layoutsFor(arch);
  const wide = layouts.abi.wordSize === 8;
  const mem = new Memory();
  const space = new AddressSpace(mem);
  const direct = wide ? -0x7780_0000_0000 : 0xc000_0000;
  const mapBase = wide ? -0x1600_0000_0000 : 0xe000_0000;
  const endPfn = Math.ceil(Math.max(...spans.map((z) => z.end)) / 1024) * 1024;
  const size = layouts.size('page');
  const mapPhys = AREA;
  const mapFrames = Math.ceil((endPfn * size) / 4096);
  if (!wide) mem.contiguous(mapPhys / 4096, mapPhys / 4096 + mapFrames, 5);
  const keyOf = (pfn: number) => spans.find((z) => pfn >= z.start && pfn < z.end);
  const words = size >> 2;
  const at = (f: string) => layouts.offset('page', f) >> 2;
  const [refcount, mapcount] = [at('_refcount'), at('_mapcount')];
  mem.background(mapPhys / 4096, mapPhys / 4096 + mapFrames, (frame, out) => {
    const start = (frame - mapPhys / 4096) * 1024;
    for (let w = 0; w < 1024; w++) {
      const pfn = Math.floor((start + w) / words);
      const k = (start + w) % words;
      const z = keyOf(pfn);
      const [lo, hi] = encodeFlagFields(layouts.abi, z?.node ?? 0, z?.idx ?? 0);
      out[w] = k === 0 ? lo : k === 1 && wide ? hi : k === refcount ? 1 : k === mapcount ? -1 : 0;
    }
  });
  const control = AREA * 2;
  mem.contiguous(control / 4096, control / 4096 + 1024);
  mem.addRam(0, endPfn * 4096);
  mem.addRam(mapPhys, mapPhys + mapFrames * 4096);
  mem.addRam(control, control + 4096 * 1024);
  space.addLinear('vmemmap', mapBase, mapFrames * 4096, mapPhys);
  // control structures: at a place of the direct map of their own
  const controlVa = wide ? direct + 0x10_0000_0000 : 0xd000_0000;
  space.addLinear('control', controlVa, 4096 * 1024, control);
  let next = control;
  const take = (bytes: number) => {
    const phys = next;
    next += Math.ceil(bytes / 256) * 256;
    return phys;
  };
  const va = (phys: number) => phys - control + controlVa;
  const pages = new PageTable(mem, layouts, { base: mapBase, endPfn, physOf: (pfn) => mapPhys + pfn * size });
  const order = arch === 'i386' ? 10 : 9;
  const bits = take(endPfn >> 3) * 8;
  const blocks = new Pageblocks(mem, { order, endPfn, bitsOf: (pfn) => bits + (pfn >>> order) * 4 });
  const listBytes = layouts.size('list_head');
  const pointer = (phys: number, address: number) =>
    wide ? mem.write64Number(phys, address) : mem.write32(phys, address);
  const emptyList = (phys: number) => {
    pointer(phys, va(phys));
    pointer(phys + listBytes / 2, va(phys));
  };
  const zones = spans.map((z) => {
    const phys = take(layouts.size('zone'));
    const pcp = Array.from({ length: cpus }, () => take(layouts.size('per_cpu_pages')));
    const stat = Array.from({ length: cpus }, () => take(layouts.size('per_cpu_zonestat')));
    const zone = new Zone(mem, layouts, {
      addr: va(phys),
      phys,
      nid: z.node,
      idx: z.idx,
      name: z.name,
      startPfn: z.start,
      endPfn: z.end,
      cpus,
      pcpPhys: (cpu) => pcp[cpu] as number,
      zonestatPhys: (cpu) => stat[cpu] as number,
      pcpAddr: (cpu) => va(pcp[cpu] as number),
    });
    for (let o = 0; o < 11; o++) {
      for (let mt = 0; mt < 5; mt++) {
        emptyList(phys + layouts.offset('zone', 'free_area') + o * layouts.size('free_area') + mt * listBytes);
      }
    }
    for (const p of pcp) {
      for (let i = 0; i < zone.pcpNrLists; i++) emptyList(p + layouts.offset('per_cpu_pages', 'lists') + i * listBytes);
    }
    return zone;
  });
  const zonelists = Array.from({ length: nodes }, (_, node) =>
    zonelist
      ? zonelist(node, zones)
      : [...zones].sort((a, b) => +(a.node !== node) - +(b.node !== node) || a.node - b.node || b.idx - a.idx),
  );
  const alloc = new PageAllocator({
    mem,
    space,
    pages,
    blocks,
    zones,
    zonelists,
    nodeOfCpu: (cpu) => Math.floor((cpu * nodes) / cpus),
    staticPhys: () => take(4),
    ...extra,
  });
  return { mem, alloc, zones, pages };
}
