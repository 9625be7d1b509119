/**
 * Wild writes in and around slab objects, freed and in use, with each of the checkers: what follows is the kernel's, and never a mistake
 * of kmem's. The writes reach free pointers, red zones, tracks, KASAN's metadata and the links of its quarantine.
 *
 * KMEM_SCENARIOS=n runs n seeds for each checker instead of a few.
 */
import assert from 'node:assert/strict';
import { Dice } from '../generate';
import { load } from './scenario';

const SEEDS = Number(process.env.KMEM_SCENARIOS ?? 12);
const OBJECTS = 10;
const STEPS = 60;

function scenario(dice: Dice): string {
  const lines = Array.from({ length: STEPS }, () => {
    const i = dice.below(OBJECTS);
    const size = dice.pick([8, 24, 64, 100, 200, 2000]);
    const at = dice.below(400) - 150;
    switch (dice.below(8)) {
      case 0:
      case 1:
        return `p[${i}] = kmalloc(${size}, GFP_ATOMIC);`;
      case 2:
        return `if (p[${i}]) kfree(p[${i}]);`;
      case 3:
        return `if (p[${i}]) p[${i}][${at}] = ${dice.below(256)};`;
      case 4:
        return `if (p[${i}]) *(unsigned long *)(p[${i}] + ${at}) = (unsigned long)p[${dice.below(OBJECTS)}] + ${dice.below(64)};`;
      case 5:
        return `if (p[${i}]) *(u32 *)(p[${i}] + ${at}) = 0x${(dice.below(2 ** 31) * 2).toString(16)};`;
      case 6:
        return `p[${i}] = kmem_cache_alloc(c, GFP_ATOMIC);`;
      default:
        return dice.below(4) ? `if (p[${i}]) kmem_cache_free(c, p[${i}]);` : 'kmem_cache_shrink(c);';
    }
  });
  return `task main { char *p[${OBJECTS}] = { NULL }; struct kmem_cache *c = kmem_cache_create("things", 56, 0, 0, NULL); if (!c) return;\n${lines.join('\n')}\nsim_kmemleak_scan(); kmem_cache_destroy(c); }`;
}

describe('wild writes around slab objects', function () {
  this.timeout(0);
  const machines: Record<string, string> = {
    KASAN: '',
    'no checker': 'config KASAN = n;',
    slub_debug: 'config KASAN = n; slub_debug = "FZPU";',
    'slub_debug and KASAN': 'slub_debug = "FZPU";',
    kmemleak: 'config KASAN = n; config DEBUG_KMEMLEAK = y;',
  };
  for (const [name, machine] of Object.entries(machines))
    it(name, () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const text = scenario(new Dice(seed * 7919));
        const vm = load(text, { machine });
        for (let n = 0; !vm.done && n < 5000; n++) vm.step();
        const mistakes = vm.kernel.log.entries.filter((entry) => entry.kind === 'mistake');
        assert.deepEqual(
          mistakes.map((entry) => [entry.text, ...entry.lines, ...entry.notes]),
          [],
          `seed ${seed}\n${text}`,
        );
      }
    });
});
