/** Sets of CPUs: every operation, with few CPUs and with as many as a word of i386 has bits. */
import { checkEverywhere } from './scenario';

const TEXT = `
static struct cpumask seen;
task main on cpu 0 {
	struct cpumask odd;
	cpumask_var_t all;
	unsigned int cpu;
	int n = 0;

	cpumask_clear(&odd);
	for_each_cpu(cpu, cpu_online_mask) {
		if (cpu & 1)
			cpumask_set_cpu(cpu, &odd);
		n++;
	}
	expect(n == num_online_cpus() && n == nr_cpu_ids);
	expect(cpumask_weight(cpu_online_mask) == n);
	expect(cpumask_test_cpu(0, cpu_possible_mask) && !cpumask_test_cpu(0, &odd) && cpumask_test_cpu(1, &odd));
	expect(cpumask_first(&odd) == 1 && cpumask_next(-1, cpu_online_mask) == 0 && cpumask_next(n - 1, cpu_online_mask) >= nr_cpu_ids);
	if (!alloc_cpumask_var(&all, GFP_KERNEL))
		return;
	cpumask_copy(all, cpumask_of(0));
	cpumask_or(all, all, &odd);
	expect(cpumask_weight(all) == 1 + cpumask_weight(&odd));
	expect(!cpumask_and(all, &odd, cpumask_of(0)) && cpumask_empty(all));
	expect(cpumask_andnot(all, cpu_online_mask, &odd) && cpumask_any(all) == 0);
	expect(!cpumask_test_and_set_cpu(1, all) && cpumask_test_and_clear_cpu(1, all));
	cpumask_setall(&seen);
	__cpumask_clear_cpu(0, &seen);
	expect(cpumask_equal(cpu_present_mask, cpu_online_mask) && cpumask_weight(&seen) == n - 1 && test_bit(1, cpumask_bits(&seen)));
	free_cpumask_var(all);
}
`;

describe('sets of CPUs', () => {
  for (const cpus of [2, 32]) it(`of ${cpus}`, () => void checkEverywhere(TEXT, {}, { cpus }));
});
