/**
 * Page-allocator operations in emulated memory against a C twin of the same machine and algorithm (native/page_alloc.c, cc -O2), in one
 * run: an order-0 pair, and mixed orders through the per-CPU lists and the buddy lists; without and with the journal.
 */
import { defaultConfig } from '../server/kernel/arch/machine_config';
import { bootKernel } from '../server/kernel/kernel';
import type { PageAllocator } from '../server/kernel/mm/page_alloc/page_alloc';
import type { Row } from './row';
import { best, twinFigures } from './twin';

const GFP_NOWAIT = 0x800;
const ROUNDS = 1_000_000;

function pair(alloc: PageAllocator, rounds: number): number {
  let bad = 0;
  for (let i = 0; i < rounds; i++) {
    const pfn = alloc.allocPages(GFP_NOWAIT, 0, 0);
    if (pfn < 0) bad++;
    else alloc.freePages(pfn, 0);
  }
  if (bad) throw new Error(`${bad} allocations failed`);
  return 2 * rounds;
}

/** 4096 slots, each filled or emptied at random: the twin draws the same numbers. */
class Mixed {
  private readonly held = new Int32Array(4096).fill(-1);
  private readonly orders = new Uint8Array(4096);
  private seed = 1;
  constructor(private readonly alloc: PageAllocator) {}
  run(rounds: number): number {
    const { held, orders, alloc } = this;
    for (let i = 0; i < rounds; i++) {
      this.seed = (Math.imul(this.seed, 1664525) + 1013904223) | 0;
      const r = this.seed >>> 8;
      const slot = r & 4095;
      const pfn = held[slot] as number;
      if (pfn >= 0) {
        alloc.freePages(pfn, orders[slot] as number);
        held[slot] = -1;
      } else {
        const x = (r >>> 12) & 15;
        const order = x < 8 ? 0 : x < 12 ? 1 : x < 14 ? 2 : x < 15 ? 3 : 5;
        held[slot] = alloc.allocPages(GFP_NOWAIT, order, 0);
        orders[slot] = order;
      }
    }
    return rounds;
  }
}

function emulated(journal: boolean): { pair: number; mixed: number } {
  // the twin zeroes no pages, and poisons none
  const config = { ...defaultConfig().config, INIT_ON_ALLOC_DEFAULT_ON: false, KASAN: false };
  const kernel = bootKernel(defaultConfig({ cpus: 1, config }), { journal });
  const { pageAlloc: alloc } = kernel;
  // the tail of a block keeps the descriptors' frames warm, as in the twin
  pair(alloc, 10_000);
  const onePair = best(() => pair(alloc, ROUNDS));
  const mixed = new Mixed(alloc);
  mixed.run(200_000);
  return { pair: onePair, mixed: best(() => mixed.run(ROUNDS)) };
}

/**
 * The rows without or with the journal. One kernel is booted in a bundle, as in a process of kmem: the compiler takes what is fixed at
 * boot for constants, and a second kernel beside the first would run code that cannot.
 */
export function pageAllocRows(journal: boolean): Row[] {
  const twin = twinFigures('page_alloc', ROUNDS);
  const e = emulated(journal);
  const target = journal ? 'ratio ≤ 7' : 'ratio ≤ 5';
  const how = journal ? 'journal on' : 'journal off';
  const row = (what: string, value: number, peer: number | undefined): Row => ({
    what: `${what}, ${how}`,
    value,
    unit: 'ns/op',
    target,
    ...(peer === undefined ? {} : { peer: { name: 'C, cc -O2', value: peer } }),
  });
  return [row('order-0 pair', e.pair, twin?.('pair')), row('mixed orders', e.mixed, twin?.('mixed'))];
}
