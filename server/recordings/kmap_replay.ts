/**
 * Recorded mappings of highmem: a module on a real kernel mapped 1100 highmem pages with kmap() in turn, filled the window, and tried local
 * mappings (`experiments.kmap`; `experiments.kmapcpu`: on each CPU). Which slot a page gets follows from what was mapped before, so the
 * addresses are compared as they are.
 */
import { defaultConfig } from '../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../kernel/kernel';
import { Core } from '../kernel/sched/core';
import { KmapLocal } from '../kernel/sched/kmap_local';
import { gfpValue } from '../profiles/gfpValue';
import { PAGE_SIZE } from '../types/pageSize';
import { compareLines, type Printed, pointerText } from './experiment_lines';
import type { ReplayResult } from './replay_result';
import { archOfRun, experimentLines, field, isObject, num, TraceError } from './trace_json';

/** pages that the module mapped in turn */
const PAGES = 1100;
/** slots that it left free when it filled the window */
const LEFT_FREE = 16;

export const replayKmap = (json: object, now: () => number): ReplayResult =>
  replay(json, 'kmap', now, (mapper) => mapper.kmapExperiment());
export const replayKmapCpu = (json: object, now: () => number): ReplayResult =>
  replay(json, 'kmapcpu', now, (mapper) => mapper.cpuExperiment());

function replay(json: object, name: string, now: () => number, run: (mapper: Mapper) => Printed[]): ReplayResult {
  const lines = experimentLines(json, name) ?? [];
  const mapper = new Mapper(boot(json));
  const start = now();
  const printed = run(mapper);
  const left = ['frames of the pages: boot leaves others free', 'lru of a page that is on no list'];
  return compareLines(lines, printed, left, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}
function boot(json: object): Kernel {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const shape = {
    arch: archOfRun(run).arch,
    memory: num(run, 'ram_mb', 'run') * 2 ** 20,
    cpus: num(run, 'cpus', 'run'),
  };
  const { config } = defaultConfig();
  return bootKernel(defaultConfig({ ...shape, config: { ...config, KASAN: false } }), { journal: false });
}

class Mapper {
  private readonly core: Core;
  private readonly local: KmapLocal;

  constructor(private readonly k: Kernel) {
    this.core = new Core(k);
    this.local = new KmapLocal(this.core, k.addresses, k.pageTables, k.pageApi, k.pageTables.pageKernel);
  }
  private alloc(mask: 'GFP_KERNEL' | 'GFP_HIGHUSER'): number {
    return this.k.pageAlloc.allocPages(gfpValue(this.k.profile.gfp, mask), 0);
  }
  /** kmap, by a caller that never has to wait. */
  private kmap(pfn: number): string {
    return pointerText(this.k.highmem?.kmapHigh(pfn) ?? 0);
  }
  private kunmap(pfn: number): void {
    this.k.highmem?.kunmapHigh(pfn);
  }
  private mapOnce(pfn: number): string {
    const address = this.kmap(pfn);
    this.kunmap(pfn);
    return address;
  }
  private addressOf(pfn: number): string {
    return pointerText(this.k.pageApi.pageAddress(pfn));
  }
  private slotOf(address: string): number {
    return (Number(address) - this.k.addresses.pkmapBase) / PAGE_SIZE;
  }
  /** kunmap_local, where nothing is wrong. */
  private unmapLocal(address: number): void {
    this.local.unmap(address, () => {
      throw new TraceError(`0x${address.toString(16)} is not the last local mapping`);
    });
  }

  /** What the module did, in its order. */
  kmapExperiment(): Printed[] {
    const { k } = this;
    const { pkmapBase, pkmapEntries } = k.addresses;
    const pages = Array.from({ length: PAGES }, () => this.alloc('GFP_HIGHUSER'));
    const page = (i: number): number => pages[i] as number;
    const [first] = pages as [number];
    const out: Printed[] = [];
    const say = (kind: string, rest: Printed): void => void out.push({ kind, ...rest });
    const kmap = (rest: Printed): void => say('kmap', rest);

    const highMemory = pointerText(k.vars.read('high_memory'));
    kmap({ PKMAP_BASE: pointerText(pkmapBase), LAST_PKMAP: pkmapEntries, high_memory: highMemory });
    say('kmap_highpage', { highmem: k.direct.has(first) ? 0 : 1, page_address_before: this.addressOf(first) });
    kmap({ first: this.kmap(first), page_address_after: this.addressOf(first) });
    kmap({ again_same_page: this.kmap(first) });
    this.kunmap(first);
    kmap({ page_address: this.addressOf(first), text: 'after_one_kunmap' });
    this.kunmap(first);
    kmap({ page_address: this.addressOf(first), text: 'after_both_kunmap' });
    kmap({ rekmap_before_flush: this.mapOnce(first) });
    kmap({ other_page: this.mapOnce(page(1)) });
    kmap({ third_page: this.mapOnce(page(2)) });
    const low = this.alloc('GFP_KERNEL');
    // kmap of a lowmem page is its address, which depends on the frame
    const lowIsDirect = k.direct.has(low) && this.addressOf(low) === pointerText(k.direct.va(low * PAGE_SIZE));
    kmap({ text: lowIsDirect ? 'lowmem' : 'highmem' });

    let previous = pointerText(0);
    for (let i = 3; i < PAGES; i++) {
      const addr = this.mapOnce(page(i));
      const idx = this.slotOf(addr);
      if (i < 6 || idx === 0)
        say('kmap_walk', {
          i,
          addr,
          idx,
          prev: previous,
          page0_address: this.addressOf(first),
          [`page${i - 1}_address`]: this.addressOf(page(i - 1)),
        });
      previous = addr;
    }
    say('kmap_walk', { addr: previous, text: 'end' });
    for (let i = PAGES - 10; i < PAGES; i++) say('kmap_after_walk', { i, page_address: this.addressOf(page(i)) });

    const held = Array.from({ length: pkmapEntries - LEFT_FREE }, (_, i) => this.kmap(page(i)));
    held.slice(0, 3).forEach((addr, i) => {
      say('kmap_fill', { i, addr });
    });
    const slots = held.map((addr) => this.slotOf(addr));
    const at = (slot: number): string => pointerText(pkmapBase + slot * PAGE_SIZE);
    say('kmap_fill', { held: held.length, min: at(Math.min(...slots)), max: at(Math.max(...slots)) });
    for (let i = 0; i < LEFT_FREE + 4; i++) {
      const addr = this.mapOnce(page(held.length + i));
      if (i < 4 || i > LEFT_FREE) say('kmap_nearfull', { k: i, addr, idx: this.slotOf(addr) });
    }
    held.forEach((_, i) => {
      this.kunmap(page(i));
    });
    out.push(...this.localMappings(pages));
    const fields = this.structPage(page(6));
    say('page', { what: 'highmem_page', ...fields });
    this.kmap(page(6));
    say('page', { what: 'highmem_page_kmapped', ...fields });
    return out;
  }
  private localMappings(pages: readonly number[]): Printed[] {
    const { local } = this;
    const page = (i: number): number => pages[i] as number;
    const addresses = [0, 1, 2, 3].map((i) => local.map(page(i)));
    const [l0, l1, atomic2, l3] = addresses.map(pointerText) as [string, string, string, string];
    for (const address of [...addresses].reverse().slice(0, 3)) this.unmapLocal(address);
    const again = local.map(page(1));
    this.unmapLocal(again);
    this.unmapLocal(addresses[0] as number);
    const low = this.alloc('GFP_KERNEL');
    const same = local.map(low) === this.k.pageApi.pageAddress(low);
    const kmapped = this.kmap(page(5));
    const alias = local.map(page(5));
    this.unmapLocal(alias);
    this.kunmap(page(5));
    return [
      { kind: 'fixmap' },
      { kind: 'kmap_local', cpu: 0, l0, l1, atomic2, l3, idx0: 0 },
      { kind: 'kmap_local', reuse_after_unmap: pointerText(again) },
      { kind: same ? 'kmap_local' : 'mapped' },
      { kind: 'kmap_local', text: 'already_kmapped:' },
      { kind: 'kmap_local_of_kmapped', kmap: kmapped, local: pointerText(alias) },
    ];
  }
  private structPage(pfn: number): Printed {
    const { pages, pageAlloc } = this.k;
    const zone = pageAlloc.zoneOf(pfn);
    return {
      flags: pointerText(pages.flagsLow(pfn) >>> 0),
      refcount: pages.getRefcount(pfn),
      mapcount_raw: pages.getMapcount(pfn),
      private: pointerText(pages.getPrivate(pfn)),
      zone: zone.name,
      zonenum: zone.idx,
      node: zone.node,
      address: this.addressOf(pfn),
    };
  }
  /** kmap_atomic twice on each CPU. */
  cpuExperiment(): Printed[] {
    return Array.from({ length: this.core.cpus }, (_, cpu): Printed => {
      this.core.setGlobal('kmem_cpu', cpu);
      const [first, second] = [this.alloc('GFP_HIGHUSER'), this.alloc('GFP_HIGHUSER')].map((pfn) =>
        this.local.map(pfn),
      );
      for (const address of [second, first]) this.unmapLocal(address as number);
      return {
        kind: 'kmap_atomic_percpu',
        cpu,
        first: pointerText(first as number),
        second: pointerText(second as number),
      };
    });
  }
}
