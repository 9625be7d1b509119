/** Where lockdep keeps call traces: in the kernel's data (kernel/locking/lockdep.c: save_trace, stack_trace, 6.1). */
import { arrayOf } from '../../../types/ctype';
import { StackDepot } from '../../lib/stackdepot';
import type { Core } from '../../sched/core';

/** longs for all traces, and frames that are kept of one */
const MAX_STACK_TRACE_ENTRIES = { wide: 16384, narrow: 4096 };
const MAX_FRAMES = 24;
const STACK_TRACE_HASH_SIZE = 64;

/** Before the run: defines the variables. */
export function lockTraces({ kernel: { symbols, layouts, direct, mem }, wordSize }: Core): StackDepot {
  const longs = wordSize === 8 ? MAX_STACK_TRACE_ENTRIES.wide : MAX_STACK_TRACE_ENTRIES.narrow;
  const word = layouts.parseType('unsigned int');
  const place = {
    pool: direct.pa(symbols.define('stack_trace', arrayOf(layouts.parseType('unsigned long'), longs))),
    longs,
    used: direct.pa(symbols.define('nr_stack_trace_entries', word)),
    heads: direct.pa(symbols.define('stack_trace_hash', arrayOf(word, STACK_TRACE_HASH_SIZE))),
    buckets: STACK_TRACE_HASH_SIZE,
  };
  return new StackDepot(mem, wordSize, place, MAX_FRAMES);
}
