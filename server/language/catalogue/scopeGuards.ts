// biome-ignore-all format: a table, one row per entry
/** What a scope undoes when control leaves it: include/linux/cleanup.h, from 6.5 on. What guards stand for is in bodies/guardBodies.ts. */
import { GUARD_CLASSES } from './bodies/guardBodies';
import type { ApiEntry } from './form/entry';
import { loops, macro, neverReturns } from './form/make';

const CLEANUP = 'include/linux/cleanup.h';
const since = { since: '6.5' };

export const guards = {
  guard: macro(CLEANUP, 'guard(class)', `\`guard(mutex)(&lock);\` takes a lock that is released where control leaves the scope, on whichever way. Classes: ${GUARD_CLASSES.join(', ')}.`, since),
  scoped_guard: macro(CLEANUP, 'scoped_guard(class, ...)', 'Holds a lock while the statement behind it runs: `scoped_guard(spinlock_irqsave, &lock) { … }`. A break or continue in it leaves it.', loops, since),
  no_free_ptr: macro(CLEANUP, 'no_free_ptr(p)', 'The pointer that p holds, which becomes NULL: `__free()` of p does nothing any more, and who gets it has to free it.', since),
  return_ptr: macro(CLEANUP, 'return_ptr(p)', 'Returns the pointer that p holds: `__free()` of p does nothing any more.', neverReturns, since),
} as const satisfies Readonly<Record<string, ApiEntry>>;
