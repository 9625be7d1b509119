/** Allocations with masks and sizes that the kernel warns of. */
import type { Lines, Maker, Place } from './maker';

export function wrongMask(m: Maker, { sleeps }: Place): Lines | undefined {
  if (!m.mistake('a wrong mask', 15)) return undefined;
  const base = sleeps ? 'GFP_KERNEL' : 'GFP_ATOMIC';
  const page = m.local('page');
  const free = (order: number): Lines => [`if (${page})`, `\t__free_pages(${page}, ${order});`];
  switch (m.dice.below(sleeps ? 6 : 5)) {
    case 0:
      return [`kfree(kmalloc(8192, ${base} | ${m.dice.pick(['__GFP_DMA32', '__GFP_HIGHMEM'])}));`];
    case 1: {
      const order = 11 + m.dice.below(3);
      return [`struct page *${page} = alloc_pages(${base}, ${order});`, ...free(order)];
    }
    case 2: {
      return [`struct page *${page} = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2);`, ...free(0)];
    }
    case 3:
      return [`kfree(kmalloc(64, ${m.dice.pick(['__GFP_ZERO', '__GFP_NOWARN'])}));`];
    case 4:
      return [`struct page *${page} = alloc_pages(${base} | __GFP_DMA | __GFP_HIGHMEM, 0);`, ...free(0)];
    default:
      return [
        `struct page *${page} = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, ${2 + m.dice.below(2)});`,
        `__free_pages(${page}, 2);`,
      ];
  }
}
