/** Page-allocator operations with the journal against a C twin: see pageAllocRows.ts. */
import { pageAllocRows } from './pageAllocRows';
import type { Bench } from './row';

export const bench: Bench = {
  name: 'page allocator with the journal',
  run: async () => pageAllocRows(true),
};
