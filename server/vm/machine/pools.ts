/** How the memory pools of a running machine are wired: kernel/mempool/. */
import type { RunningKernel } from '../../kernel/kernel';
import { pointerId } from '../../kernel/lib/pointer_id';
import { ElementSanitizer } from '../../kernel/mempool/element_checks';
import { ElementPoison } from '../../kernel/mempool/element_poison';
import { type ElementChecks, Mempools } from '../../kernel/mempool/mempool';
import type { Reports } from '../../kernel/printk/reports';
import { type Core, WarnOnce } from '../../kernel/sched/core';
import type { CurrentTask } from '../../kernel/sched/current';
import type { KmapLocal } from '../../kernel/sched/kmap_local';
import type { SleepChecks } from '../../kernel/sched/might_sleep';
import type { Sched } from '../../kernel/sched/sched';
import type { WaitQueues } from '../../kernel/sched/wait';
import type { Timeouts } from '../../kernel/time/timeout';
import { toBits } from '../../types/address';

/** The machine, as far as its pools need it. */
interface PoolMachine {
  readonly core: Core;
  readonly kernel: RunningKernel;
  readonly reports: Reports;
  readonly sleeping: SleepChecks;
  readonly current: CurrentTask;
  readonly sched: Sched;
  readonly waitQueues: WaitQueues;
  readonly timeouts: Timeouts;
  readonly kmaps: KmapLocal;
  page(address: number): number;
}

export function makeMempools(m: PoolMachine): Mempools {
  const { core, kernel, reports } = m;
  return new Mempools({
    memory: core,
    poolSize: kernel.layouts.size('mempool_s'),
    gfp: kernel.gfp,
    enomem: kernel.profile.errno.ENOMEM,
    hz: core.hz,
    heap: kernel.allocators.slab,
    waits: m,
    checks: {
      mightSleep: (at) => m.sleeping.mightSleep(at),
      mightAlloc: (gfp) => m.current.mightAlloc(gfp, []),
      zeroNotSupported: () => {
        if (kernel.config.config.DEBUG_VM === true && core.warnsNow(WarnOnce.MempoolZero))
          reports.warn({ at: 'mm/mempool.c:381', fn: 'mempool_alloc', functions: [] });
      },
    },
    elements: elementChecks(m),
    current: () => core.current,
  });
}
/** Poison lies in what is accessible, so it is written before the sanitizer hears of an element, and looked at after that. */
function elementChecks(m: PoolMachine): ElementChecks {
  const { core, kernel, reports } = m;
  const { slab } = kernel.allocators;
  const text = (name: string) => kernel.symbols.text(name);
  const sanitizer = new ElementSanitizer(core, slab, kernel.kasan, (page) => m.page(page), text);
  if (kernel.config.config.SLUB_DEBUG_ON !== true) return sanitizer;
  const poison = new ElementPoison(core, kernel.profile.poison, {
    objectSize: (object) => slab.kmallocs.ksize(object),
    withPage(page, work) {
      const address = m.kmaps.map(m.page(page));
      work(address);
      m.kmaps.unmap(address, (place) => reports.warn(place));
    },
    pointer: (address) => pointerId(kernel.abi, toBits(kernel.abi, address), address === 0),
    report: (title, lines) => reports.report('BUG', title, lines),
    text,
  });
  return {
    added(pool, element) {
      poison.added(pool, element);
      sanitizer.added(pool, element);
    },
    removed(pool, element) {
      sanitizer.removed(pool, element);
      poison.removed(pool, element);
    },
  };
}
