/** `double-free` and `use-after-free`: what happens to memory after it has been freed. */

import { lookupApi } from '../../../catalogue/catalogue';
import { sourceText } from '../../engine/evidence';
import type { RuleContext } from '../../engine/rule';
import { type Freed, placeKey, type Used, witness, writtenText } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import { isLocalMap } from './memoryText';

const codes: ObjectRule<'double-free' | 'use-after-free'>['codes'] = {
  'double-free': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'memory is freed that has been freed already',
    why: 'The allocator gives the same memory to two callers, who overwrite one another. KASAN prints `BUG: KASAN: double-free`, SLUB with CONFIG_SLAB_FREELIST_HARDENED `kernel BUG at mm/slub.c` if the two frees follow one another.',
    bad: 'struct ring { void *desc; };\n\nvoid ring_free(struct ring *ring)\n{\n\tkfree(ring->desc);\n\tkfree(ring->desc);\n}\n',
    good: 'struct ring { void *desc; };\n\nvoid ring_free(struct ring *ring)\n{\n\tkfree(ring->desc);\n\tring->desc = NULL;\n}\n',
    instead: 'Free it in one place only. Where a pointer stays behind, set it to NULL after the free.',
    limits:
      'Objects with a reference count are left out, and so are pointers that other contexts may have changed meanwhile.',
    atRunTime: [
      'BUG: KASAN: double-free',
      'kernel BUG at mm/slub.c',
      'WARNING: CPU: … free_large_kmalloc',
      'Trying to vfree() nonexistent vm area',
      'free_percpu() of … where no allocation begins',
      'pfn … is freed, but has no reference left',
    ],
    runTimeAt: 'callee',
  },
  'use-after-free': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'memory is used that has been freed',
    why: 'It may belong to somebody else by then: reads give garbage, writes corrupt what is there now. KASAN prints `BUG: KASAN: use-after-free` (from 6.3 on `slab-use-after-free`).',
    bad: 'struct item { int n; };\nint drop(struct item *it)\n{\n\tkfree(it);\n\treturn it->n;\n}\n',
    good: 'struct item { int n; };\nint drop(struct item *it)\n{\n\tint n = it->n;\n\tkfree(it);\n\treturn n;\n}\n',
    instead: 'Read what is needed before the free, or free later.',
    limits:
      'Objects with a reference count are left out, and so is memory that kfree_rcu() frees: readers may still use it.',
    atRunTime: [
      'BUG: KASAN: use-after-free',
      'BUG: KASAN: slab-use-after-free',
      'BUG: KASAN: vmalloc-out-of-bounds',
      'BUG: KASAN: null-ptr-deref',
      'BUG: kernel NULL pointer dereference',
    ],
    runTimeAt: 'callee',
  },
};

export const freedMemory: ObjectRule<keyof typeof codes> = {
  codes,
  start(cx) {
    const again = new Set<number>();
    const used: Used[] = [];
    return {
      freed(event) {
        if (!isLocalMap(event.made) && freedAgain(cx, event)) again.add(placeKey(event.span));
      },
      used(event) {
        // a function that frees it as well frees it twice
        const frees = event.by !== undefined && lookupApi(event.by)?.frees !== undefined;
        if (!isLocalMap(event.made) && event.obj.status === 'freed' && !frees) used.push(event);
      },
      finish() {
        // a call that frees it again, and looks into it before, is told once
        for (const event of used) if (!again.has(placeKey(event.span))) usedAfter(cx, event);
      },
    };
  },
};

function freedAgain(cx: RuleContext<keyof typeof codes>, event: Freed): boolean {
  const { obj, by, call, span, written } = event;
  if ((obj.status !== 'freed' && obj.status !== 'queued') || obj.counted) return false;
  cx.report('double-free', span, () => {
    const again = by.span === call.span ? '' : `, and ${sourceText(cx.program, call.callee.span)}() frees it again`;
    const before =
      obj.status === 'queued'
        ? `${obj.freed?.by}() will free it after a grace period`
        : `${obj.freed?.by}() has freed it already`;
    return {
      message: `${writtenText(cx.program, written) || 'the object'} is freed twice on this path: ${before}${again}. Remove one of the two, or set the pointer to NULL after the first`,
      related: witness(event, event),
    };
  });
  return true;
}
function usedAfter(cx: RuleContext<keyof typeof codes>, event: Used): void {
  const { obj, by, span, written } = event;
  if (obj.status !== 'freed' || obj.counted || event.isNull) return;
  // a struct page stays when its page is freed
  if (obj.freed?.entry.frees?.kinds.includes('pages') && event.pointer.as === undefined) return;
  cx.report('use-after-free', span, () => ({
    message:
      `${writtenText(cx.program, written)} is used ${by ? `by ${by}()` : ''} after ${obj.freed?.by}() has freed it: the memory may belong to somebody else. Use it before the free, or free it later`.replace(
        '  ',
        ' ',
      ),
    related: witness(event, event),
  }));
}
