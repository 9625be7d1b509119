/** `cache-destroyed-in-use`: caches, pools and what is left in them. */
import { allocatedHere, branchesTo, type Freed } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import { nameOf } from './memoryText';

const codes: ObjectRule<'cache-destroyed-in-use'>['codes'] = {
  'cache-destroyed-in-use': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'a cache or a pool is destroyed while an object of it has not been given back',
    why: 'The kernel prints `kmem_cache_destroy …: Slab cache still has objects`, and the cache stays. The object can never be freed.',
    bad: 'void f(struct kmem_cache *c)\n{\n\tvoid *o = kmem_cache_alloc(c, GFP_KERNEL);\n\tif (!o)\n\t\treturn;\n\tkmem_cache_destroy(c);\n\tkmem_cache_free(c, o);\n}\n',
    good: 'void f(struct kmem_cache *c)\n{\n\tvoid *o = kmem_cache_alloc(c, GFP_KERNEL);\n\tif (!o)\n\t\treturn;\n\tkmem_cache_free(c, o);\n\tkmem_cache_destroy(c);\n}\n',
    instead: 'Give every object back first.',
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
        const pool = made?.allocates.kind === 'pool element' ? 'pool' : 'cache';
        return {
          message: `${event.by.name}() ends the ${pool} while ${name} has not been given back: the ${pool} stays, and the object can never be freed. Give it back before`,
          related: [...(made ? allocatedHere(made) : []), ...branchesTo(event, left.born)],
        };
      });
    },
  }),
};
/** An object of the cache that is destroyed, which is certainly there. */
function leftIn({ by, objects, pointer, things }: Freed) {
  const kinds = by.entry.frees?.kinds ?? [];
  if (!kinds.some((k) => k === 'cache' || k === 'pool' || k === 'DMA pool')) return undefined;
  return objects.objs.find(
    (o) => o.from === pointer.to && o.owned && o.status === 'live' && o.nullness !== 'maybe' && things.thing(o.id).made,
  );
}
