/** Slabs by their struct pages: for those that an allocator keeps no list of. */
import type { Kernel } from '../../../kernel/kernel';
import { isException } from '../../../kernel/oops/exceptions';
import { PAGE_SIZE } from '../../../types/pageSize';

type SearchKernel = Pick<Kernel, 'mem' | 'memMap' | 'pages'>;
const FRAME_WORDS = PAGE_SIZE >> 2;

/** First frames of all slabs, in no order: of the mem_map only what has been written is read, as boot makes no slabs without writing. */
export function* slabHeads({ mem, memMap, pages }: SearchKernel): Generator<number> {
  const { runs, pageSize } = memMap;
  const end = mem.materialised + 1;
  for (let slot = 1; slot < end; slot++) {
    const phys = mem.physOf(slot * FRAME_WORDS);
    const run = runs.find((r) => phys >= r.phys && phys < r.phys + (r.end - r.start) * pageSize);
    if (!run) continue;
    const first = run.start + Math.ceil((phys - run.phys) / pageSize);
    const last = Math.min(run.end, run.start + Math.ceil((phys + PAGE_SIZE - run.phys) / pageSize));
    for (let pfn = first; pfn < last; pfn++) if (pages.has(pfn) && pages.isSlab(pfn)) yield pfn;
  }
}
/** What `read` gives; undefined where a pointer has been overwritten. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isException(error)) return undefined;
    throw error;
  }
}
