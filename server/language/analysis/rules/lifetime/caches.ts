/** `cache-destroyed-in-use`: caches, pools and what is left in them. */
import type { MemoryKind } from '../../../catalogue/form/entry';
import { allocatedHere, branchesTo, type Freed } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import { nameOf } from './memoryText';

const codes: ObjectRule<'cache-destroyed-in-use'>['codes'] = {
  'cache-destroyed-in-use': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'a cache or a pool is destroyed while an object of it has not been given back',
    why: 'Of a cache the kernel prints `kmem_cache_destroy …: Slab cache still has objects`, and the cache stays with the object in it. A memory pool is freed all the same: mempool_free() of the element is a use after free then.',
    bad: 'void f(struct kmem_cache *c)\n{\n\tvoid *o = kmem_cache_alloc(c, GFP_KERNEL);\n\tif (!o)\n\t\treturn;\n\tkmem_cache_destroy(c);\n\tkmem_cache_free(c, o);\n}\n',
    good: 'void f(struct kmem_cache *c)\n{\n\tvoid *o = kmem_cache_alloc(c, GFP_KERNEL);\n\tif (!o)\n\t\treturn;\n\tkmem_cache_free(c, o);\n\tkmem_cache_destroy(c);\n}\n',
    instead: 'Give every object back before.',
    limits: 'Objects that were stored outside the function are not followed.',
    atRunTime: ['kmem_cache_destroy … Slab cache still has objects'],
    runTimeAt: 'callee',
  },
};

export const caches: ObjectRule<keyof typeof codes> = {
  codes,
  start: ({ report }) => ({
    freed(event) {
      const left = leftIn(event);
      if (!left) return;
      report('cache-destroyed-in-use', event.span, () => {
        const { made } = event.things.thing(left.id);
        const name = nameOf(event, { obj: left, made });
        const [what, then] = after(made?.allocates.kind);
        return {
          message: `${event.by.name}() ends the ${what} while ${name} has not been given back: ${then}. Give it back before`,
          related: [...(made ? allocatedHere(made) : []), ...branchesTo(event, left.born)],
        };
      });
    },
  }),
};
/** What is destroyed, by what is left in it, and what becomes of that. */
function after(kind: MemoryKind | undefined): readonly [string, string] {
  switch (kind) {
    case 'pool element':
      return ['pool', 'giving it back later uses a pool that is gone'];
    case 'DMA pool block':
      return ['DMA pool', 'its memory is lost'];
    default:
      return ['cache', 'the cache stays, and the object can never be freed'];
  }
}
/** An object of the cache that is destroyed, which is certainly there. */
function leftIn({ by, objects, pointer, things }: Freed) {
  const kinds = by.entry.frees?.kinds ?? [];
  if (!kinds.some((k) => k === 'cache' || k === 'pool' || k === 'DMA pool')) return undefined;
  return objects.objs.find(
    (o) => o.from === pointer.to && o.owned && o.status === 'live' && o.nullness !== 'maybe' && things.thing(o.id).made,
  );
}
