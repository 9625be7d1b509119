/** /proc/vmallocinfo: a line for each area, as the kernel prints it. */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel } from '../../../../server/kernel/kernel';
import { meminfoFields } from '../../../../server/kernel/proc/proc_meminfo';
import { vmallocInfo, vmallocinfo } from '../../../../server/kernel/proc/proc_vmallocinfo';
import { PAGE_SIZE } from '../../../../server/types/pageSize';

const machine = (arch: 'x86_64' | 'i386' | 'i386_pae') =>
  bootKernel(defaultConfig({ arch, cpus: 1, memory: 64 << 20 }), { journal: false });
/** The lines of what is mapped after boot. */
const linesAfter = (k: ReturnType<typeof machine>, act: () => void): string[] => {
  const before = vmallocinfo(k).split('\n');
  act();
  return vmallocinfo(k)
    .split('\n')
    .filter((line) => !before.includes(line));
};
const without = (line = ''): string => line.replace(/0x[0-9a-f]+-0x[0-9a-f]+ +/, '');

describe('/proc/vmallocinfo', () => {
  it('vmalloc, vmap, ioremap, vm_map_ram, and what is not purged', () => {
    const k = machine('x86_64');
    const { vmalloc } = k.allocators;
    const lines = linesAfter(k, () => {
      vmalloc.vmalloc(5000);
      vmalloc.vmallocUser(600 * PAGE_SIZE);
      vmalloc.device.ioremap(0xfed00000, PAGE_SIZE, 'UC-');
      const array = k.pageApi.getZeroedPage(k.gfp.kernel);
      const page = k.pages.pageAddr(k.pageAlloc.allocPages(k.gfp.kernel, 0));
      k.space.write64Number(array, page);
      vmalloc.mapping.vmap(array, 1, 4, 0x163n);
      vmalloc.blocks.mapRam(array, 1, -1);
      vmalloc.freeing.vfree(vmalloc.vmalloc(1));
    });
    assert.match(lines[0] ?? '', /^0xffffc900[0-9a-f]{8}-0xffffc900[0-9a-f]{8} {3}12288 pages=2 vmalloc N0=2$/);
    assert.deepEqual(
      lines.map(without).sort(),
      [
        '12288 pages=2 vmalloc N0=2',
        '12288 pages=2 vmalloc N0=2',
        '2461696 pages=600 vmalloc user vpages N0=600',
        '8192 phys=0x00000000fed00000 ioremap',
        '8192 vmap',
        '1048576 vm_map_ram',
        '8192 unpurged vm_area',
      ].sort(),
    );
    assert.equal(meminfoFields(k).VmallocUsed, (2 + 600 + 2) * 4);
  });
  it('i386: no nodes, short addresses', () => {
    const k = machine('i386');
    const lines = linesAfter(k, () => {
      k.allocators.vmalloc.vmalloc(1);
      k.allocators.vmalloc.device.ioremap(0xfed00000, PAGE_SIZE, 'UC-');
    });
    assert.match(lines[0] ?? '', /^0x[0-9a-f]{8}-0x[0-9a-f]{8} {4}8192 pages=1 vmalloc$/);
    assert.match(lines[1] ?? '', / phys=0xfed00000 ioremap$/);
  });
  it('as data', () => {
    const k = machine('i386_pae');
    const before = vmallocInfo(k).length;
    k.allocators.vmalloc.vmalloc(PAGE_SIZE);
    const { start, size, nr_pages, flags } = vmallocInfo(k)[before] ?? {};
    assert.match(start ?? '', /^0x[0-9a-f]{8}$/);
    assert.deepEqual([size, nr_pages, flags], [2 * PAGE_SIZE, 1, ['vmalloc']]);
  });
});
