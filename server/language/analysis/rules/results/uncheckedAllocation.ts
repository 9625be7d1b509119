/** `unchecked-allocation` and `check-too-late`: a pointer that may be NULL is followed. */

import type { Span } from '../../../syntax/tree';
import { branchesTo, placeKey, type Tested, type Used, witness, writtenText } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';

const codes: ObjectRule<'unchecked-allocation' | 'check-too-late'>['codes'] = {
  'unchecked-allocation': {
    group: 'results',
    severity: 'warning',
    summary: 'the result of an allocation is used before anybody has checked that it is not NULL',
    why: 'When memory is short the allocation fails, and the kernel prints `BUG: kernel NULL pointer dereference`.',
    bad: 'struct item { int n; };\nstruct item *make(void)\n{\n\tstruct item *it = kmalloc(sizeof(*it), GFP_KERNEL);\n\tit->n = 1;\n\treturn it;\n}\n',
    good: 'struct item { int n; };\nstruct item *make(void)\n{\n\tstruct item *it = kmalloc(sizeof(*it), GFP_KERNEL);\n\tif (!it)\n\t\treturn NULL;\n\tit->n = 1;\n\treturn it;\n}\n',
    instead:
      'Check the result and return -ENOMEM. Small allocations rarely fail, but only those with __GFP_NOFAIL never do.',
    limits: 'A mask that is not known is taken for one that may fail, except for mempool_alloc().',
    atRunTime: ['BUG: kernel NULL pointer dereference', 'BUG: KASAN: null-ptr-deref'],
    runTimeAt: 'callee',
  },
  'check-too-late': {
    group: 'results',
    severity: 'warning',
    summary: 'a pointer is compared with NULL after it has been followed',
    why: 'If it is NULL, the kernel has oopsed before the check. The compiler may even leave the check out.',
    bad: 'struct ring { void *desc; };\n\nvoid ring_free(struct ring *ring)\n{\n\tkfree(ring->desc);\n\tif (!ring)\n\t\treturn;\n\tring->desc = NULL;\n}\n',
    good: 'struct ring { void *desc; };\n\nvoid ring_free(struct ring *ring)\n{\n\tif (!ring)\n\t\treturn;\n\tkfree(ring->desc);\n\tring->desc = NULL;\n}\n',
    instead: 'Check first, or leave the check out where the pointer cannot be NULL.',
    limits: 'Checks inside macros are left out, and so are pointers that something may have changed in between.',
    atRunTime: ['BUG: kernel NULL pointer dereference', 'BUG: KASAN: null-ptr-deref'],
    runTimeAt: 'origin',
  },
};

export const uncheckedAllocation: ObjectRule<keyof typeof codes> = {
  codes,
  start({ program, report }) {
    const used = new Map<number, Used>();
    const inTime: Span[] = [];
    const late = new Map<number, Tested>();
    return {
      used(event) {
        const { obj, made, isNull } = event;
        // one that is certainly NULL, and no failure: null-dereference says so
        if (!made) return;
        if (!isNull && (event.pointer.as || obj.error || obj.status !== 'live' || obj.nullness !== 'maybe')) return;
        const key = placeKey(event.span);
        if (!used.has(key)) used.set(key, event);
      },
      tested(event) {
        if (event.about === 'error') return;
        // where it may be something else on another path, the check is for that
        if (event.outcome !== 'used' || !event.subject?.obj.used) {
          inTime.push(event.span);
          return;
        }
        const key = placeKey(event.span);
        if (!late.has(key)) late.set(key, event);
      },
      finish() {
        if (late.size > 0) for (const span of inTime) late.delete(placeKey(span));
        for (const event of late.values()) {
          const at = event.subject?.obj.used;
          if (at) used.delete(placeKey(at));
          report('check-too-late', event.span, () => {
            const text = event.program.files[event.span.file]?.text.slice(event.span.start, event.span.end) ?? 'it';
            return {
              message: `${text} is checked here, but it has been used before: if it can be NULL, the kernel has oopsed by now. Check it before its first use`,
              related: at ? [{ span: at, message: `${text} is used here` }, ...branchesTo(event)] : [],
            };
          });
        }
        for (const event of used.values()) {
          const { made, span, by } = event;
          const name = made?.by ? made.by.sym.name : made?.name;
          report('unchecked-allocation', span, () => {
            const text = writtenText(program, event.written);
            return {
              message: `${name}() may return NULL, and ${text} is used ${by ? `by ${by}() ` : ''}here without a check. Check it first: if (!${text}) return -ENOMEM`,
              related: witness(event, event),
            };
          });
        }
      },
    };
  },
};
