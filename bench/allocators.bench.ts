/**
 * The slab allocator, vmalloc and the page walk in emulated memory against a C twin of the same structure (native/allocators.c, cc -O2), in
 * one run, without and with the journal.
 */
import { defaultConfig } from '../server/kernel/arch/machine_config';
import { bootKernel, type Kernel, startJournal } from '../server/kernel/kernel';
import { PAGE_SIZE } from '../server/types/pageSize';
import type { Bench, Row } from './row';
import { best, twinFigures } from './twin';

const GFP_NOWAIT = 0x800;
const ROUNDS = 1_000_000;

/** kmalloc and kfree of one size, which stay on the fast path. */
function kmallocPairs({ allocators: { slab } }: Kernel): number {
  for (let i = 0; i < ROUNDS; i++) slab.kfree(slab.kmalloc(64, GFP_NOWAIT));
  return 2 * ROUNDS;
}
/** 4096 slots, each filled or emptied at random, of 8 to 1024 bytes: the twin draws the same numbers. */
class Mixed {
  private readonly held = new Float64Array(4096);
  private seed = 1;
  constructor(private readonly kernel: Kernel) {}
  run(rounds: number): number {
    const { slab } = this.kernel.allocators;
    const { held } = this;
    for (let i = 0; i < rounds; i++) {
      this.seed = (Math.imul(this.seed, 1664525) + 1013904223) | 0;
      const r = this.seed >>> 8;
      const slot = r & 4095;
      const address = held[slot] as number;
      if (address !== 0) {
        slab.kfree(address);
        held[slot] = 0;
      } else held[slot] = slab.kmalloc(8 << ((r >>> 12) & 7), GFP_NOWAIT);
    }
    return rounds;
  }
}
/** 32 objects of a cache, then all back. */
function cacheRounds({ allocators: { slab } }: Kernel, cache: number): number {
  const objects = new Float64Array(32);
  for (let i = 0; i < ROUNDS / 32; i++) {
    for (let n = 0; n < 32; n++) objects[n] = slab.cacheAlloc(cache, GFP_NOWAIT);
    for (let n = 0; n < 32; n++) slab.cacheFree(cache, objects[n] as number);
  }
  return 2 * ROUNDS;
}

/** Three pages mapped side by side, and given back; the worker gives their addresses back when enough have come together. */
function vmallocPairs({ allocators: { vmalloc, works }, symbols }: Kernel): number {
  const worker = symbols.address('drain_vmap_work');
  const rounds = ROUNDS / 10;
  for (let i = 0; i < rounds; i++) {
    vmalloc.freeing.vfree(vmalloc.vmalloc(3 * PAGE_SIZE));
    if (i % 256 === 0) works.runPending(worker);
  }
  return 2 * rounds;
}
/** The frames behind addresses of the vmalloc space, by the page tables. */
function walks({ pageTables }: Kernel, areas: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < ROUNDS; i++) sum += pageTables.pfnAt((areas[i & 63] as number) + (i & 4095));
  if (sum <= 0) throw new Error('the areas are not mapped');
  return ROUNDS;
}

const NAMES = {
  'kmalloc pair': 'kmalloc(64), kfree',
  'kmalloc mixed': 'kmalloc of mixed sizes',
  kmem_cache: 'kmem_cache, 32 objects and back',
  'vmalloc pair': 'vmalloc of three pages, vfree',
  walk: 'page walk of four levels',
} as const;

function emulated(journal: boolean): Record<keyof typeof NAMES, number> {
  const config = { ...defaultConfig().config, INIT_ON_ALLOC_DEFAULT_ON: false, KASAN: false };
  const kernel = bootKernel(defaultConfig({ cpus: 1, config }), { journal: false });
  const cache = kernel.allocators.slab.createCache('bench', 200, 0, 0);
  kernel.bootPages.close();
  if (journal) startJournal(kernel);
  const pair = best(() => kmallocPairs(kernel));
  const mixed = new Mixed(kernel);
  mixed.run(200_000);
  return {
    'kmalloc pair': pair,
    'kmalloc mixed': best(() => mixed.run(ROUNDS)),
    kmem_cache: best(() => cacheRounds(kernel, cache)),
    ...mapped(kernel),
  };
}

function mapped(kernel: Kernel): Record<'vmalloc pair' | 'walk', number> {
  const { vmalloc } = kernel.allocators;
  // areas that stay, as boot maps some
  const areas = Array.from({ length: 64 }, (_, i) => vmalloc.vmalloc((1 + (i % 4)) * PAGE_SIZE));
  return { 'vmalloc pair': best(() => vmallocPairs(kernel)), walk: best(() => walks(kernel, areas)) };
}

export const bench: Bench = {
  name: 'allocators',
  async run(): Promise<Row[]> {
    const twin = twinFigures('allocators', ROUNDS);
    return [false, true].flatMap((journal) => {
      const figures = emulated(journal);
      return Object.entries(NAMES).map(([key, what]): Row => {
        const peer = twin?.(key);
        return {
          what: `${what}, journal ${journal ? 'on' : 'off'}`,
          value: figures[key as keyof typeof NAMES],
          unit: 'ns/op',
          ...(peer === undefined ? {} : { peer: { name: 'C, cc -O2', value: peer } }),
        };
      });
    });
  },
};
