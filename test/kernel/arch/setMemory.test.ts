/** set_memory_ro() and its family on random ranges, against a model of each page's rights. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import { flagsOf, type WalkStep } from '../../../server/kernel/arch/page_tables';
import type { SetMemory } from '../../../server/kernel/arch/set_memory';
import { bootKernel, type Kernel } from '../../../server/kernel/kernel';
import { NOT_WRITABLE } from '../../../server/memory/space';
import type { MachineConfig } from '../../../server/profiles/machineConfig';

const PAGE = 4096;
const MB = 2 ** 20;
/** more random operations: KMEM_SCENARIOS=1000000 */
const RUNS = Number(process.env.KMEM_SCENARIOS ?? 0) / 30;
const NX = 1n << 63n;

const rightsOf = (k: Kernel, va: number): bigint => flagsOf(k.pageTables.walk(va).at(-1) as WalkStep) & (NX | 2n);
/** Sums direct_pages_count[], in bytes. */
function countedBytes(k: Kernel): number {
  const { lastLevel } = k.pageTables;
  let bytes = 0;
  for (let level = 0; level <= lastLevel; level++)
    bytes += k.vars.read('direct_pages_count', lastLevel - level + 1) * k.pageTables.sizeOf(level);
  return bytes;
}

describe('set_memory', () => {
  const machines: readonly (readonly [string, Partial<MachineConfig>])[] = [
    ['x86_64', { memory: 256 * MB, config: { KASAN: false } }],
    ['x86_64 with pages of 1 GiB', { memory: 4096 * MB, config: { X86_DIRECT_GBPAGES: true } }],
    ['i386', { arch: 'i386', memory: 128 * MB }],
    ['PAE', { arch: 'i386_pae', memory: 128 * MB }],
  ];
  for (const [name, changes] of machines)
    it(`${name}: each page has the rights that it was given last, frames stay, large pages are split and never joined`, () => {
      const k = bootKernel(defaultConfig(changes), { journal: false });
      k.markReadonly();
      const { attributes, pageTables, direct } = k;
      const nx = pageTables.geometry.nx;
      // behind the image: pages of the direct map that have no other mapping
      const first = 96 * MB;
      const pages = changes.memory === 4096 * MB ? (2048 * MB) / PAGE : (24 * MB) / PAGE;
      const model = new Map<number, { rw: boolean; x: boolean }>();
      const bytes = countedBytes(k);
      const range = fc.record({
        what: fc.constantFrom<SetMemory>('ro', 'rw', 'x', 'nx'),
        from: fc.nat(pages - 1),
        count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(512), fc.integer({ min: 1, max: 2000 })),
      });
      const aligned = range.map((r) => (r.count === 512 ? { ...r, from: r.from - (r.from % 512) } : r));
      let levels = pageTables.walk(direct.va(first)).length;
      fc.assert(
        fc.property(fc.array(aligned, { minLength: 1, maxLength: 30 }), (changesMade) => {
          for (const { what, from, count } of changesMade) {
            const part = Math.min(count, pages - from);
            assert.equal(attributes.setMemory(what, direct.va(first + from * PAGE), part), 0);
            for (let page = from; page < from + part; page++) {
              const rights = model.get(page) ?? { rw: true, x: false };
              if (what === 'ro' || what === 'rw') model.set(page, { ...rights, rw: what === 'rw' });
              else model.set(page, { ...rights, x: what === 'x' });
            }
            for (const page of [0, from - 1, from, from + part - 1, from + part, pages - 1]) {
              if (page < 0 || page >= pages) continue;
              const va = direct.va(first + page * PAGE);
              const { rw, x } = model.get(page) ?? { rw: true, x: false };
              assert.equal(rightsOf(k, va), (rw ? 2n : 0n) | (x || !nx ? 0n : NX), `page ${page} after ${what}`);
              assert.equal(pageTables.phys(va, false), first + page * PAGE);
              assert.equal(pageTables.phys(va, true), rw ? first + page * PAGE : NOT_WRITABLE);
            }
            const now = pageTables.walk(direct.va(first)).length;
            assert.ok(now >= levels, 'what is split stays split');
            levels = now;
          }
          assert.equal(countedBytes(k), bytes, 'direct_pages_count counts all of the direct map');
        }),
        { numRuns: Math.max(20, RUNS) },
      );
    });

  it('a page of the vmalloc area and of the image changes in the direct map too', () => {
    const k = bootKernel(defaultConfig({ memory: 128 * MB, config: {} }), { journal: false });
    k.markReadonly();
    const area = k.allocators.vmalloc.vmalloc(2 * PAGE);
    const frame = k.pageTables.phys(area, false);
    k.attributes.setMemory('ro', area, 1);
    assert.equal(k.pageTables.phys(k.direct.va(frame), true), NOT_WRITABLE);
    assert.notEqual(k.pageTables.phys(area + PAGE, true), NOT_WRITABLE);
    k.attributes.setMemory('rw', k.direct.va(frame), 1);
    assert.equal(k.pageTables.phys(area, true), NOT_WRITABLE, 'the direct map does not know of the area');
    const data = k.arch.image.parts.find((p) => p.name === 'Kernel data')?.start ?? 0;
    k.attributes.setMemory('ro', k.direct.va(data), 1);
    assert.equal(k.pageTables.phys(k.arch.imageOffset + data, true), NOT_WRITABLE);
  });
});
