/** The cost of a boot by the machine's memory: time, and memory of the host. It should hardly grow with the machine. */
import { defaultConfig } from '../server/kernel/arch/machine_config';
import type { Kernel } from '../server/kernel/kernel';
import { bootKernel } from '../server/kernel/kernel';
import type { Bench, Row } from './row';
import { median } from './row';

const GiB = 2 ** 30;

/** Bytes that one booted kernel keeps: typed arrays and objects, as Node reports them. The first use of each page may cost later. */
function hostMemory(gigabytes: number): number {
  const used = () => {
    const m = process.memoryUsage();
    return m.heapUsed + m.arrayBuffers;
  };
  const before = used();
  const kernel = bootKernel(defaultConfig({ memory: gigabytes * GiB }));
  const after = used();
  return kernel.zones.length > 0 ? Math.max(0, after - before) : 0;
}

export const bench: Bench = {
  name: 'boot',
  async run(): Promise<Row[]> {
    const rows: Row[] = [];
    for (const gigabytes of [1, 64, 340, 1024]) {
      let kernel: Kernel | undefined;
      const ms = median(
        () => {
          kernel = bootKernel(defaultConfig({ memory: gigabytes * GiB }));
        },
        5,
        1,
      );
      const size = gigabytes === 1024 ? '1 TB' : `${gigabytes} GB`;
      rows.push({ what: `${size}: time`, value: ms, unit: 'ms', ...(gigabytes === 340 ? { target: '≤ 50 ms' } : {}) });
      const frames = kernel?.mem.materialised ?? 0;
      rows.push({ what: `${size}: frames of emulated memory in use`, value: (frames * 4096) / 2 ** 20, unit: 'MiB' });
      kernel = undefined;
      rows.push({ what: `${size}: memory of the host`, value: hostMemory(gigabytes) / 2 ** 20, unit: 'MiB' });
    }
    return rows;
  },
};
