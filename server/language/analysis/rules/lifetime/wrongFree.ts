/** Frees that do not fit what was allocated: the wrong function, not the start, another order, another cache. */
import { isBefore } from '../../../../profiles/versions';
import type { Fix, Program } from '../../../check/context/program';
import { sourceText } from '../../engine/evidence';
import type { RuleContext } from '../../engine/rule';
import { type Freed, placeText, witness, writtenText } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import type { ThingId, Things } from '../../objects/things';
import { freedWithText, freeingCall, kindText } from './memoryText';

const codes: ObjectRule<'mismatched-free' | 'free-not-at-start' | 'free-order-mismatch' | 'wrong-cache'>['codes'] = {
  'mismatched-free': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'memory of one allocator is freed by the function of another',
    why: 'Each allocator finds its own data by the address. kfree() of vmalloc memory is an oops (`BUG: unable to handle page fault`), vfree() of kmalloc memory leaks it (`Trying to vfree() bad address`), kfree() of pages warns (`free_large_kmalloc`); others corrupt a list in silence.',
    bad: 'void table_reset(void)\n{\n\tchar *table = vmalloc(65536);\n\n\tif (!table)\n\t\treturn;\n\tkfree(table);\n}\n',
    good: 'void table_reset(void)\n{\n\tchar *table = vmalloc(65536);\n\n\tif (!table)\n\t\treturn;\n\tvfree(table);\n}\n',
    instead:
      'The function that belongs to the allocation: kfree() for kmalloc(), vfree() for vmalloc(), kvfree() for kvmalloc(), kmem_cache_free() for an object of a cache.',
    limits:
      'Reported where the allocation is seen. kfree() of an object of a cache is reported on machines with a kernel before 6.4 only: SLUB and SLAB take it, SLOB, which 6.4 removed, does not.',
    atRunTime: [
      'BUG: unable to handle page fault',
      'Trying to vfree() bad address',
      'WARNING: CPU: … free_large_kmalloc',
    ],
    runTimeAt: 'callee',
    holdsOn: 'all kernels; for kfree() of an object of a cache on those before 6.4',
  },
  'free-not-at-start': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'memory is freed by an address that is not its start',
    why: 'The allocator takes the address for that of an object, and hands out overlapping memory. KASAN prints `BUG: KASAN: invalid-free`; without it nobody notices.',
    bad: 'struct pair { int first, second; };\n\nvoid pair_test(void)\n{\n\tstruct pair *p = kmalloc(sizeof(*p), GFP_KERNEL);\n\n\tif (p)\n\t\tkfree(&p->second);\n}\n',
    good: 'struct pair { int first, second; };\n\nvoid pair_test(void)\n{\n\tstruct pair *p = kmalloc(sizeof(*p), GFP_KERNEL);\n\n\tif (p)\n\t\tkfree(p);\n}\n',
    instead: 'Keep the pointer that the allocation returned, and move a copy of it.',
    limits: 'Reported where the allocation is seen and the distance from its start is certain.',
    atRunTime: ['BUG: KASAN: invalid-free', 'BUG: KASAN: double-free or invalid-free'],
    runTimeAt: 'callee',
  },
  'free-order-mismatch': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'pages are freed with another order than they were allocated with',
    why: 'A smaller order loses the rest of the block, and the kernel does not notice. A larger one frees a neighbour’s pages as well: `BUG: Bad page state` if they are in use.',
    bad: 'void f(void)\n{\n\tstruct page *page = alloc_pages(GFP_KERNEL, 2);\n\tif (page)\n\t\t__free_pages(page, 1);\n}\n',
    good: 'void f(void)\n{\n\tstruct page *page = alloc_pages(GFP_KERNEL, 2);\n\tif (page)\n\t\t__free_pages(page, 2);\n}\n',
    instead: 'Keep the order beside the pointer, or in a constant.',
    limits: 'Reported where both orders are known numbers.',
  },
  'wrong-cache': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'an object is given back to another cache or pool than it was taken from',
    why: 'With CONFIG_SLAB_FREELIST_HARDENED (Debian’s default) or slab debugging the kernel prints `cache_from_obj: Wrong slab cache` and frees the object where it belongs. Without, it gets on the free list of a cache of another size. A pool does not notice.',
    bad: 'void f(struct kmem_cache *a, struct kmem_cache *b)\n{\n\tvoid *o = kmem_cache_alloc(a, GFP_KERNEL);\n\tif (o)\n\t\tkmem_cache_free(b, o);\n}\n',
    good: 'void f(struct kmem_cache *a)\n{\n\tvoid *o = kmem_cache_alloc(a, GFP_KERNEL);\n\tif (o)\n\t\tkmem_cache_free(a, o);\n}\n',
    instead: 'Give it back to the cache that it comes from.',
    limits: 'Reported where the two are different variables of the file or of the function, which nothing makes equal.',
    atRunTime: ['cache_from_obj: Wrong slab cache'],
    runTimeAt: 'callee',
  },
};
type Context = RuleContext<keyof typeof codes>;

export const wrongFree: ObjectRule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    freed(event) {
      if (mismatched(cx, event)) return;
      notAtStart(cx, event);
      otherOrder(cx, event);
      otherCache(cx, event);
    },
  }),
};

function mismatched(cx: Context, event: Freed): boolean {
  const { made, by, span, written, pointer } = event;
  const kind = pointer.as ?? made?.allocates.kind;
  const { frees } = by.entry;
  const kinds = frees?.kinds ?? (by.entry.allocates?.instead === undefined ? [] : [by.entry.allocates.kind]);
  if (!made || !kind || kinds.length === 0 || kinds.includes(kind)) return false;
  const later = frees?.kindsSince;
  if (later?.kinds.includes(kind) && !isBefore(cx.program.machine.kernel, later.version)) return false;
  cx.report('mismatched-free', span, () => {
    const right = made.allocates.managed
      ? 'It is freed when the device is detached; before that, only devm_kfree() frees it'
      : `Free it with ${freedWithText(made)}`;
    const fixes = pointer.as === undefined ? fixesOf(cx.program, event) : [];
    return {
      message: `${writtenText(cx.program, written) || 'this'} is ${kindText(kind)}, but ${by.name}() frees ${kinds.map(kindText).join(' or ')} only. ${right}`,
      related: witness(event, event),
      ...(fixes.length > 0 ? { fixes } : {}),
    };
  });
  return true;
}
/** The call with the right function; it is safe where the old one takes the same arguments. */
function fixesOf(program: Program, { made, call, by, written }: Freed): Fix[] {
  const text = writtenText(program, written);
  if (!made || by.span !== call.span || text === '' || made.allocates.managed) return [];
  const right = freeingCall(program, made, text);
  if (!right) return [];
  return [{ title: `use ${right}`, edits: [{ span: call.span, text: right }] }];
}

function notAtStart(cx: Context, event: Freed): void {
  const { made, obj, by, pointer, span, written } = event;
  if (!made || obj.counted || obj.status !== 'live' || by.entry.frees?.anywhere) return;
  const { off } = pointer;
  if (off === undefined || off === 0 || (typeof off === 'number' && off < 0)) return;
  cx.report('free-not-at-start', span, () => ({
    message: `${writtenText(cx.program, written)} points ${off === 'past' ? 'behind the start' : `${off} bytes behind the start`} of what ${made.name}() returned: ${by.name}() needs the start. Keep the first pointer and free that`,
    related: witness(event, event),
  }));
}

function otherOrder(cx: Context, event: Freed): void {
  const { made, obj, by, order, span, written, pointer } = event;
  if (!made || pointer.off !== 0 || typeof obj.order !== 'number' || typeof order !== 'number' || obj.order === order)
    return;
  cx.report('free-order-mismatch', span, () => {
    const lost = order < (obj.order as number) ? 'the rest of the block is lost' : 'pages of others are freed as well';
    return {
      message: `${writtenText(cx.program, written)} is a block of order ${obj.order}, but ${by.name}() frees order ${order}: ${lost}. Free it with order ${obj.order}`,
      related: witness(event, event),
    };
  });
}

function otherCache(cx: Context, event: Freed): void {
  const { made, obj, by, from, span, written, things } = event;
  if (!made || from === undefined || obj.from === undefined || obj.from === from) return;
  if (!areDistinct(things, obj.from, from)) return;
  const pool = made.allocates.kind === 'pool element' ? 'pool' : 'cache';
  cx.report('wrong-cache', span, () => {
    const given = made.allocates.from === undefined ? undefined : made.call.args[made.allocates.from];
    const own = made.by || !given ? `another ${pool}` : sourceText(cx.program, given.span);
    return {
      message: `${writtenText(cx.program, written)} comes from ${own}, but ${by.name}() gives it back to ${nameOfThing(things, from) || `another ${pool}`}: the ${pool} gets an object that is not its own. Give it back to ${own}`,
      related: witness(event, event),
    };
  });
}
const nameOfThing = (things: Things, id: ThingId): string => {
  const { at } = things.thing(id);
  return at === undefined ? '' : placeText(things, at);
};
/** Whether two things cannot be the same: they were made by different calls, or are in different variables. */
function areDistinct(things: Things, a: ThingId, b: ThingId): boolean {
  const [x, y] = [things.thing(a), things.thing(b)];
  if (x.earlier !== undefined || y.earlier !== undefined) return false;
  if (x.made && y.made) return true;
  if (x.at === undefined || y.at === undefined || !x.atEntry || !y.atEntry) return false;
  const [p, q] = [things.place(x.at), things.place(y.at)];
  return p.variable !== undefined && q.variable !== undefined && p.variable !== q.variable;
}
