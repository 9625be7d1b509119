/** The kernel's page tables: what they map, against the linear ranges and against what real kernels had (design/allocator-facts.md, 8). */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import { type MappedRange, mappedRanges } from '../../../server/kernel/arch/ptdump';
import { bootKernel, type Kernel } from '../../../server/kernel/kernel';
import { meminfoFields } from '../../../server/kernel/proc/proc_meminfo';
import { NOT_WRITABLE } from '../../../server/memory/space';
import type { MachineConfig } from '../../../server/profiles/machineConfig';

const MB = 2 ** 20;
const GB = 2 ** 30;
const boot = (changes: Partial<MachineConfig> = {}): Kernel => bootKernel(defaultConfig(changes));
const MACHINES: readonly (readonly [string, Partial<MachineConfig>])[] = [
  ['64M', { memory: 64 * MB }],
  ['1G', {}],
  ['6000M', { memory: 6000 * MB }],
  ['6000M with pages of 1G', { memory: 6000 * MB, config: { X86_DIRECT_GBPAGES: true } }],
  ['340G', { memory: 340 * GB }],
  ['KASAN, 2 nodes', { nodes: [0, 1].map((id) => ({ id, memory: 512 * MB, cpus: [id] })), config: { KASAN: true } }],
  ['i386 64M', { arch: 'i386', memory: 64 * MB }],
  ['i386 2G', { arch: 'i386', memory: 2 * GB }],
  ['PAE 4G', { arch: 'i386_pae', memory: 4 * GB }],
  ['regions', { memory: 256 * MB, regions: [{ type: 'reserved', start: 0x5001000, end: 0x6123fff }] }],
];
const rangesOf = (k: Kernel): MappedRange[] => [...mappedRanges(k.pageTables)].filter((r) => r.flags !== 0n);

describe('page tables of the kernel', () => {
  for (const [name, changes] of MACHINES) {
    it(`${name}: the linear ranges say what the tables say`, () => {
      const k = boot(changes);
      const look = (va: number): void => {
        const linear = k.space.translate(va);
        const walked = k.pageTables.phys(va, false);
        assert.equal(walked >= 0 && k.mem.isRam(walked) ? walked : -1, linear, `0x${va.toString(16)}`);
        const writable = k.pageTables.phys(va, true) !== NOT_WRITABLE;
        if (linear >= 0) assert.equal(writable, !k.space.isReadOnly(linear), `writing 0x${va.toString(16)}`);
      };
      const linear = k.space.ranges.filter((r) => r.inTables);
      for (const { start, size } of linear) for (const at of [-1, 0, 1, size - 1, size]) look(start + at);
      for (const { start, end } of k.arch.image.parts)
        for (const phys of [start - 1, start, end - 1, end, end + 4095, end + 4096])
          for (const offset of [k.arch.pageOffset, k.arch.imageOffset]) look(offset + phys);
      fc.assert(
        fc.property(fc.nat(linear.length - 1), fc.double({ min: 0, max: 1, noNaN: true }), (i, part) => {
          const { start, size } = linear[i] as (typeof linear)[number];
          look(start + Math.floor(part * size));
        }),
        { numRuns: 500 },
      );
    });
  }

  it('the direct map has as many pages of each size as recorded', () => {
    const sizes = (changes: Partial<MachineConfig>) =>
      Object.fromEntries(Object.entries(meminfoFields(boot(changes))).filter(([name]) => name.startsWith('DirectMap')));
    assert.deepEqual(sizes({ arch: 'i386', memory: 1 * GB }), { DirectMap4k: 12280, DirectMap4M: 884736 });
    assert.deepEqual(sizes({ arch: 'i386_pae', memory: 1 * GB }), { DirectMap4k: 10232, DirectMap2M: 890880 });
    // without highmem, pages of modules and BPF programs are lowmem: the recorded machines have split one and two large pages more for them
    assert.deepEqual(sizes({ arch: 'i386_pae', memory: 512 * MB }), { DirectMap4k: 10112, DirectMap2M: 514048 });
    assert.deepEqual(sizes({ memory: 256 * MB }), { DirectMap4k: 20352, DirectMap2M: 241664 });
    const { DirectMap1G } = sizes({ memory: 6000 * MB, config: { X86_DIRECT_GBPAGES: true } });
    assert.equal(DirectMap1G, 3 * MB, '1-2, 4-5 and 5-6 GiB');
    const parameters = { nogbpages: '' };
    const without = sizes({ memory: 6000 * MB, config: { X86_DIRECT_GBPAGES: true }, parameters });
    assert.equal(without.DirectMap1G, undefined);
  });

  it('x86_64: 64 tables of the vmalloc area are there from the start', () => {
    const k = boot();
    for (let i = 0; i < 64; i++) {
      const [pgd, pud] = k.pageTables.walk(k.addresses.vmallocStart + i * 2 ** 39);
      assert.equal((pgd?.low ?? 0) & 0xfff, 0x67);
      // interrupt stacks are at the start of the space, chunks of per-CPU memory at its end
      if (i > 0 && i < 63) assert.equal(pud?.low, 0);
    }
  });

  it('text and rodata are read-only once the run begins, and the processor writes neither', () => {
    const k = boot();
    const flags = (va: number) =>
      rangesOf(k)
        .find((r) => r.start <= va && va < r.end)
        ?.flags.toString(16);
    const image = k.arch.imageOffset;
    assert.equal(flags(image + 0x1000000), '181', 'text: large, read-only, executable');
    assert.equal(flags(image + 0x2000000), '8000000000000181', 'rodata');
    assert.equal(flags(image + 0x2a00000), '8000000000000183', 'data');
    assert.equal(flags(k.direct.va(0x1000000)), '8000000000000181', 'text in the direct map');
    assert.equal(flags(k.direct.va(0x9a000)), '101', 'the trampoline');
    assert.equal(flags(k.addresses.cpuEntryArea), '8000000000000101', 'interrupt descriptors');
  });
});
