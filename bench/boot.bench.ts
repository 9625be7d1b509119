/** What a boot costs by the machine's memory: time, and memory of the host. Should hardly grow with the machine. */
import { defaultConfig } from '../server/kernel/config';
import { Kernel } from '../server/kernel/kernel';
import type { Bench, Row } from './row';
import { median } from './row';

const GiB = 2 ** 30;

export const bench: Bench = {
  name: 'boot',
  async run(): Promise<Row[]> {
    const rows: Row[] = [];
    for (const gigabytes of [1, 64, 340, 1024]) {
      let kernel: Kernel | undefined;
      const ms = median(
        () => {
          kernel = Kernel.boot(defaultConfig({ memory: gigabytes * GiB }));
        },
        5,
        1,
      );
      const size = gigabytes === 1024 ? '1 TB' : `${gigabytes} GB`;
      rows.push({ what: `${size}: time`, value: ms, unit: 'ms' });
      const frames = kernel?.mem.materialised ?? 0;
      rows.push({ what: `${size}: frames of emulated memory in use`, value: (frames * 4096) / 2 ** 20, unit: 'MiB' });
    }
    return rows;
  },
};
