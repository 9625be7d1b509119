// biome-ignore-all format: a table, one row per entry
/** Sets of CPUs: include/linux/cpumask.h, 6.1. They run. A cpumask_var_t is a pointer, as with CONFIG_CPUMASK_OFFSTACK. */
import type { ApiEntry } from '../form/entry';
import { freed, frees, inNmi, isObject, loops, macro, mustCheck, sleepsByGfp, spinsInside } from '../form/make';

const MASK = 'include/linux/cpumask.h';
const MASKC = 'lib/cpumask.c';
const CPU = 'unsigned int cpu';
const SRC = 'const struct cpumask *srcp';
const DST = 'struct cpumask *dstp';

export const cpumasks = {
  cpu_possible_mask: macro(MASK, 'cpu_possible_mask()', 'The CPUs that the machine could have.', isObject),
  cpu_present_mask: macro(MASK, 'cpu_present_mask()', 'The CPUs that are present.', isObject),
  cpu_online_mask: macro(MASK, 'cpu_online_mask()', 'The CPUs that run; all, in kmem.', isObject),
  cpumask_size: macro(MASK, 'unsigned int cpumask_size(void)', 'Bytes of a cpumask.', inNmi),
  cpumask_bits: macro(MASK, 'cpumask_bits(maskp)', 'The words of a set, for bitmap_ functions.', inNmi),
  cpumask_test_cpu: macro(MASK, `bool cpumask_test_cpu(int cpu, const struct cpumask *cpumask)`, 'True if a CPU is in the set.', inNmi),
  cpumask_set_cpu: macro(MASK, `void cpumask_set_cpu(${CPU}, ${DST})`, 'Adds a CPU, atomically.', inNmi),
  __cpumask_set_cpu: macro(MASK, `void __cpumask_set_cpu(${CPU}, ${DST})`, 'Adds a CPU, where nobody else changes the set.', inNmi),
  cpumask_clear_cpu: macro(MASK, `void cpumask_clear_cpu(int cpu, ${DST})`, 'Removes a CPU, atomically.', inNmi),
  __cpumask_clear_cpu: macro(MASK, `void __cpumask_clear_cpu(int cpu, ${DST})`, 'Removes a CPU, where nobody else changes the set.', inNmi),
  cpumask_test_and_set_cpu: macro(MASK, `bool cpumask_test_and_set_cpu(int cpu, ${DST})`, 'Adds a CPU; true if it was there already.', inNmi),
  cpumask_test_and_clear_cpu: macro(MASK, `bool cpumask_test_and_clear_cpu(int cpu, ${DST})`, 'Removes a CPU; true if it was there.', inNmi),
  cpumask_clear: macro(MASK, `void cpumask_clear(${DST})`, 'Removes all CPUs.', inNmi),
  cpumask_setall: macro(MASK, `void cpumask_setall(${DST})`, 'Adds all CPUs.', inNmi),
  cpumask_copy: macro(MASK, `void cpumask_copy(${DST}, ${SRC})`, 'Copies a set.', inNmi),
  cpumask_and: macro(MASK, `bool cpumask_and(${DST}, const struct cpumask *src1p, const struct cpumask *src2p)`, 'What is in both sets; false if nothing is.', inNmi),
  cpumask_or: macro(MASK, `void cpumask_or(${DST}, const struct cpumask *src1p, const struct cpumask *src2p)`, 'What is in either set.', inNmi),
  cpumask_andnot: macro(MASK, `bool cpumask_andnot(${DST}, const struct cpumask *src1p, const struct cpumask *src2p)`, 'What is in the first set only; false if nothing is.', inNmi),
  cpumask_equal: macro(MASK, 'bool cpumask_equal(const struct cpumask *src1p, const struct cpumask *src2p)', 'True if both sets are the same.', inNmi),
  cpumask_empty: macro(MASK, `bool cpumask_empty(${SRC})`, 'True if no CPU is in the set.', inNmi),
  cpumask_weight: macro(MASK, `unsigned int cpumask_weight(${SRC})`, 'How many CPUs are in the set.', inNmi),
  cpumask_first: macro(MASK, `unsigned int cpumask_first(${SRC})`, 'The first CPU of the set; nr_cpu_ids or more if it is empty.', inNmi),
  cpumask_next: macro(MASK, `unsigned int cpumask_next(int n, ${SRC})`, 'The CPU after n in the set; nr_cpu_ids or more if there is none.', inNmi),
  cpumask_any: macro(MASK, `unsigned int cpumask_any(${SRC})`, 'Some CPU of the set.', inNmi),
  cpumask_of: macro(MASK, `const struct cpumask *cpumask_of(${CPU})`, 'The set of one CPU.', inNmi),
  for_each_cpu: macro(MASK, 'for_each_cpu(cpu, mask)', 'Loop over the CPUs of a set.', loops),
  alloc_cpumask_var: macro(MASKC, 'bool alloc_cpumask_var(cpumask_var_t *mask, gfp_t flags)', 'Memory for a set; false where it fails.', sleepsByGfp(1), mustCheck, freed('free_cpumask_var')),
  zalloc_cpumask_var: macro(MASKC, 'bool zalloc_cpumask_var(cpumask_var_t *mask, gfp_t flags)', 'An empty set; false where there is no memory.', sleepsByGfp(1), mustCheck, freed('free_cpumask_var')),
  free_cpumask_var: macro(MASKC, 'void free_cpumask_var(struct cpumask *mask)', 'Frees a set of alloc_cpumask_var().', spinsInside, frees(0, 'kmalloc')),
} as const satisfies Record<string, ApiEntry>;
