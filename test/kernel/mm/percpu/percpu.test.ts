import assert from 'node:assert/strict';
import { MiB } from '../../../../server/kernel/arch/arch';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel } from '../../../../server/kernel/kernel';
import type { MachineConfig } from '../../../../server/profiles/machineConfig';
import { checkPercpu } from './percpuInvariants';

const GFP_NOWAIT = 0x800;
const boot = (config: Partial<MachineConfig>, populate = false) =>
  bootKernel(defaultConfig({ memory: 256 * MiB, cpus: 1, ...config }), { populate, journal: false });

describe('per-CPU memory: the first chunk', () => {
  it('slots follow from the unit, as recorded', () => {
    const check = (config: Partial<MachineConfig>, unit: number, slots: number) => {
      const { slots: got, units } = boot(config).pcpu;
      assert.deepEqual([units.unitSize, got.count, got.sidelined, got.free], [unit, slots, slots - 3, slots - 2]);
    };
    check({}, 2 * MiB, 23);
    check({ cpus: 4 }, MiB / 2, 21);
    check({ arch: 'i386', cpus: 4 }, 33 * 4096, 19);
  });
  it('structures are laid out as recorded: 120 and 88 bytes in front of the bitmap of pages, and a pointer for CONFIG_MEMCG_KMEM', () => {
    const check = (arch: MachineConfig['arch'], bytes: number) =>
      assert.equal(boot({ arch }).layouts.offset('pcpu_chunk', 'populated'), bytes);
    check('x86_64', 136);
    check('i386', 92);
  });
  it('its two parts are chunks, and hints agree with the bitmaps', () => {
    for (const arch of ['x86_64', 'i386', 'i386_pae'] as const) {
      for (const cpus of [1, 4]) {
        const { pcpu, percpu } = boot({ arch, cpus });
        checkPercpu(pcpu);
        const { chunks, units } = pcpu;
        const { staticSize, reservedSize, dynSize, base } = units;
        const at = chunks.base(pcpu.first) + chunks.startOffset(pcpu.first);
        assert.equal(at, base + staticSize + reservedSize);
        assert.equal(base, percpu.va(0, units.start));
        assert.ok(chunks.freeBytes(pcpu.first) < dynSize, 'boot has taken the zones’ page lists');
        assert.equal(pcpu.reserved === 0 ? 0 : chunks.freeBytes(pcpu.reserved), reservedSize);
      }
    }
  });
  it('is used up, and given back', () => {
    const { allocators, pcpu, percpu, space, mem } = boot({ cpus: 2 }, true);
    const { percpu: alloc } = allocators;
    const before = mem.hash();
    const pointers: number[] = [];
    const live = new Map<number, number>();
    for (let i = 0; ; i++) {
      const bytes = 1 + ((i * 37) % 700);
      // a request that cannot wait makes no chunk
      const ptr = alloc.allocPercpu(bytes, 1 << (i % 8), GFP_NOWAIT);
      if (ptr === 0) break;
      assert.equal(ptr % Math.max(4, 1 << (i % 8)), 0);
      assert.equal(space.readBytes(percpu.va(1, ptr), bytes).indexOf(1), -1, 'zeroed');
      space.fill(percpu.va(1, ptr), bytes, 1);
      pointers.push(ptr);
      live.set(ptr, bytes);
      checkPercpu(pcpu);
    }
    assert.ok(pointers.length > 50);
    for (const ptr of pointers.filter((_, i) => i % 2)) {
      alloc.freePercpu(ptr);
      checkPercpu(pcpu);
    }
    for (const ptr of pointers.filter((_, i) => i % 2 === 0)) alloc.freePercpu(ptr);
    checkPercpu(pcpu);
    assert.notEqual(mem.hash(), before);
  });
});
