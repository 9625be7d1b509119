/** What `kmem boot --show layout` and `--show page_tables` print. */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import { bootKernel, type KernelOptions } from '../../../server/kernel/kernel';
import { layout, pageTablesJson, pageTablesText } from '../../../server/kernel/proc/proc_layout';
import type { MachineConfig } from '../../../server/profiles/machineConfig';

const boot = (changes: Partial<MachineConfig> = {}, options: KernelOptions = {}) =>
  bootKernel(defaultConfig(changes), options);

describe('the layout of the address space', () => {
  it('x86_64: as Documentation/arch/x86/x86_64/mm.rst has it', () => {
    const text = layout(boot());
    assert.match(text, /^ +vmalloc : 0xffffc90000000000 - 0xffffe8ffffffffff +\( +32 TB\)$/m);
    assert.match(text, /^ +modules : 0xffffffffc0000000 - 0xfffffffffeffffff +\( +1008 MB\)$/m);
    assert.match(text, /^cpu_entry_area : 0xfffffe0000000000 - 0xfffffe7fffffffff +\( +512 GB\)$/m);
  });
  it('i386: what mem_init prints', () => {
    const text = layout(boot({ arch: 'i386' }));
    assert.match(text, /^ +pkmap : 0xfec00000 - 0xfeffffff +\( +4 MB\)$/m);
    assert.match(text, /^ +lowmem : 0xc0000000 - 0xf6bfdfff +\( *897016 kB\)$/m);
    assert.match(text, /^ +vmalloc : 0xf73fe000 - 0xfebfdfff +\( +120 MB\)$/m);
  });
});

describe('the dump of the page tables', () => {
  it('has the lines of kernel_page_tables', () => {
    const lines = pageTablesText(boot()).split('\n');
    const under = (head: string) => lines[lines.indexOf(`---[ ${head} ]---`) + 1];
    assert.equal(under('User Space'), `0x0000000000000000-0x0000800000000000         128T ${' '.repeat(30)}pgd`);
    const first = '0xffff888000000000-0xffff888000099000         612K     RW                 GLB NX pte';
    assert.equal(under('Low Kernel Mapping'), first);
    const text = '0xffffffff81000000-0xffffffff81e00000          14M     ro         PSE     GLB x  pmd';
    assert.ok(lines.includes(text));
  });
  it('shows the moments of boot', () => {
    const text = '0xffffffff81000000-0xffffffff81e00000';
    const flags = (options: KernelOptions) =>
      pageTablesText(boot({}, options))
        .split('\n')
        .filter((line) => line.startsWith('0xffffffff81000000'));
    assert.match(flags({})[0] ?? '', new RegExp(`^${text} .* ro .* x `));
    assert.match(flags({ journal: false })[0] ?? '', / RW .* x {2}pmd$/);
    assert.match(flags({ journal: false, provisionalTables: true })[0] ?? '', /52M {5}RW .* x {2}pmd$/);
    const head = pageTablesText(boot({ arch: 'i386' }, { journal: false, provisionalTables: true }));
    assert.match(head, /^0x00000000-0x01fe6000 {7}32664K {5}RW {21}x {2}pte$/m, 'memory at its physical address');
    assert.match(head, /^0xc0000000-0xc1fe6000 {7}32664K {5}RW {21}x {2}pte$/m);
  });
  it('names flags and frames as data', () => {
    const { ranges } = pageTablesJson(boot({ arch: 'i386' })) as { ranges: object[] };
    assert.deepEqual(ranges.at(-1), {
      start: '0xffffb000',
      end: '0xffffcfff',
      page_size: 4096,
      flags: ['RW', 'PWT', 'PCD', 'GLB', 'x'],
    });
    assert.deepEqual(ranges[0], {
      start: '0xc0000000',
      end: '0xc009afff',
      page_size: 4096,
      flags: ['RW', 'GLB', 'x'],
      phys: '0x0',
    });
  });
});
