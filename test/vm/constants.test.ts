/**
 * Constant folding and run time agree: each random expression is evaluated with constants and with variables that hold them. 3600 such
 * expressions gave gcc's figures (`-O0 -fwrapv`, `-m32`) when this was written.
 */

import { DECLARATIONS, randomExpressions } from './randomExpressions';
import { ARCHES, check } from './scenario';

const EXPRESSIONS = Math.max(200, Number(process.env.KMEM_SCENARIOS ?? 0));

describe('vm: constants', () => {
  for (const arch of ['x86_64', 'i386'] as const)
    it(`are folded to what they give at run time: ${arch}`, () => {
      const expressions = randomExpressions(EXPRESSIONS, 61);
      const functions = expressions.map(({ constant, variable, leaves }, n) => {
        const variables = leaves.map((leaf, i) => `${leaf.type} v${i} = ${leaf.constant};`).join(' ');
        const same = `expect((u64)(${constant}) == (u64)(${variable('v')})); expect(sizeof(${constant}) == sizeof(${variable('v')}));`;
        return `static void f${n}(void) { ${variables} ${same} }`;
      });
      const calls = expressions.map((_, n) => `f${n}();`).join(' ');
      check(`${DECLARATIONS}\n${functions.join('\n')}\ntask main { ${calls} }`, {}, { arch, maxSteps: 1e6 });
    });
});

describe('constants of the machine', () => {
  for (const [allocator, least, largest] of [
    ['slub', 8, 8192],
    ['slab', 32, 8192],
    ['slob', 8, 4096],
  ] as const)
    it(`kmalloc’s sizes are those of ${allocator}`, () => {
      for (const arch of ARCHES)
        check(
          `int sizes[KMALLOC_MIN_SIZE]; expect(KMALLOC_MIN_SIZE == ${least} && KMALLOC_MAX_CACHE_SIZE == ${largest}UL && KMALLOC_MAX_SIZE == 4UL << 20);
           expect(sizeof(sizes) == ${4 * least} && sizeof(KMALLOC_MIN_SIZE) == 4 && sizeof(KMALLOC_MAX_SIZE) == sizeof(long));
           void *p = kmalloc(1, GFP_KERNEL); expect(ksize(p) == ${allocator === 'slob' ? 2 : least}); kfree(p);
           p = kmalloc(KMALLOC_MAX_CACHE_SIZE + 1, GFP_KERNEL); expect(!PageSlab(virt_to_page(p))); kfree(p);`,
          {},
          { arch, machine: `allocator = ${allocator}; config KASAN = n;` },
        );
    });
  it('THREAD_SIZE is the size of the stacks', () => {
    const sizes: readonly [size: number, arch: (typeof ARCHES)[number], machine: string][] = [
      [32768, 'x86_64', ''],
      [16384, 'x86_64', 'config KASAN = n;'],
      [16384, 'x86_64', 'config KASAN = n; config 4KSTACKS = y;'],
      [8192, 'i386', ''],
      [4096, 'i386', 'config 4KSTACKS = y;'],
      [4096, 'i386_pae', 'config 4KSTACKS = y;'],
    ];
    for (const [size, arch, machine] of sizes)
      check(
        `char used[THREAD_SIZE / 8]; unsigned long here = (unsigned long)used; expect(THREAD_SIZE == ${size}UL && sizeof(THREAD_SIZE) == sizeof(long));
         expect(here / THREAD_SIZE == (unsigned long)current->stack / THREAD_SIZE && here % THREAD_SIZE > THREAD_SIZE / 2);`,
        {},
        { arch, machine },
      );
  });
});
