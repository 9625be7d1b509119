/** Page-allocator operations without the journal against a C twin: see pageAllocRows.ts. */
import { pageAllocRows } from './pageAllocRows';
import type { Bench } from './row';

export const bench: Bench = {
  name: 'page allocator',
  run: async () => pageAllocRows(false),
};
