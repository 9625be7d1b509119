// biome-ignore-all format: a table, one row per entry
/** Functions that only the simulator has: expect() and the sim_ functions. */
import type { ApiEntry } from './form/entry';
import { inNmi, known, knownMacro, macro, needs, runs, simulator, sleeping } from './form/make';

const KMEM = 'kmem';
export const sim = {
  expect: macro(KMEM, 'expect(condition, ...)', 'A check: where it fails the debugger stops as at an exception, and the command line exits with 1. A text may follow.', inNmi, { asserts: 0 }),
  sim_raise: runs(KMEM, 'void sim_raise(unsigned int irq)', 'Raises the scenario’s irq or nmi block on this CPU: at once, or when interrupts are on again.', inNmi, simulator),
  sim_raise_on: runs(KMEM, 'void sim_raise_on(unsigned int cpu, unsigned int irq)', 'sim_raise() on another CPU: it takes the interrupt before its next statement.', inNmi, simulator),
  sim_raise_irq: runs(KMEM, 'void sim_raise_irq(unsigned int line)', 'Raises an interrupt line: what request_irq() registered on it runs.', inNmi, simulator),
  sim_fill_zone: runs(KMEM, 'unsigned long sim_fill_zone(struct zone *zone, unsigned long mark)', 'Takes free pages out of a zone until a watermark (WMARK_MIN, WMARK_LOW, WMARK_HIGH), or that many pages, are left. Returns how many it took.', inNmi, simulator),
  sim_fail_next: macro(KMEM, 'sim_fail_next(function, n, ...)', 'The next n calls of an allocating function fail, as failslab and fail_page_alloc make them; with a third argument only after so many that succeed.', inNmi, needs('function is the name of an allocating function, such as alloc_pages'), simulator),
  sim_drain: runs(KMEM, 'void sim_drain(void)', 'Empties every CPU’s page lists into the buddy lists and adds the counters they hold back to the zones’.', inNmi, simulator),
  sim_kmemleak_scan: runs(KMEM, 'unsigned int sim_kmemleak_scan(void)', 'Looks for leaks, as `echo scan > /sys/kernel/debug/kmemleak` does, and prints what the file lists then. It tells of an object 5 s after its allocation, in the second scan after its last change. Returns how many are new.', needs('config DEBUG_KMEMLEAK = y: without it 0'), simulator),
  sim_detach: known(KMEM, 'void sim_detach(struct device *dev)', 'The device goes away: what devm_ functions gave it is freed, in reverse order.', simulator),
  mmap: known(KMEM, 'unsigned long mmap(unsigned long addr, size_t len)', 'In a process block: maps anonymous memory and returns its address.', sleeping),
  munmap: known(KMEM, 'int munmap(unsigned long addr, size_t len)', 'In a process block: removes a mapping.', sleeping),
  brk: known(KMEM, 'unsigned long brk(unsigned long addr)', 'In a process block: moves the end of the heap.', sleeping),
  touch: known(KMEM, 'void touch(unsigned long addr, size_t len)', 'In a process block: writes to every page of the range, so that it is faulted in.', sleeping),
  fork: knownMacro(KMEM, 'fork()', 'In a process block: a second process with a copy of the memory.', sleeping),
} as const satisfies Record<string, ApiEntry>;
