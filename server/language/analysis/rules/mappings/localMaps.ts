/** Mappings of this task or CPU, kmap_local_page() and kmap_atomic(): undone on every path, in reverse order, and not used afterwards. */
import type { RuleContext } from '../../engine/rule';
import { branchesTo, type Freed, type Lost, type Used, writtenText } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import { insertOnPath } from '../fixes/insertStatement';
import { freedWithText, isLocalMap, nameOf } from '../lifetime/memoryText';

type Code = 'map-not-undone' | 'unmap-order' | 'use-after-unmap';
const codes: ObjectRule<Code>['codes'] = {
  'map-not-undone': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'a page that is mapped with kmap_local_page() stays mapped on some path',
    why: 'A task has 16 such slots (KM_MAX_IDX), used as a stack. On a machine with highmem one that is left in use makes the next unmap take the wrong slot (`WARNING` in mm/highmem.c), and is reported when the task returns to user space or forks.',
    bad: 'int block_check(struct page *page)\n{\n\tchar *p = kmap_local_page(page);\n\n\tif (p[0])\n\t\treturn -EINVAL;\n\tkunmap_local(p);\n\treturn 0;\n}\n',
    good: 'int block_check(struct page *page)\n{\n\tchar *p = kmap_local_page(page);\n\tint err = p[0] ? -EINVAL : 0;\n\n\tkunmap_local(p);\n\treturn err;\n}\n',
    instead:
      '`kunmap_local()` on every way out, or `memcpy_to_page()` and its like, which map and unmap by themselves.',
    limits:
      'A pointer that is returned or stored is taken to be unmapped elsewhere. What kmap_atomic() leaves behind is reported by `lock-imbalance`, since preemption and page faults stay off.',
    holdsOn: 'machines with highmem; on others nothing happens',
  },
  'unmap-order': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'mappings of kmap_local_page() or kmap_atomic() that are not undone in reverse order',
    why: 'The slots are a stack: kunmap_local() frees the last one, and warns if the address is that of another (`WARNING` in mm/highmem.c). On a machine with highmem the wrong page is unmapped; on 64-bit machines nothing happens, and so the mistake stays.',
    bad: 'void copy_head(struct page *to, struct page *from)\n{\n\tchar *dst = kmap_local_page(to);\n\tchar *src = kmap_local_page(from);\n\n\tmemcpy(dst, src, 64);\n\tkunmap_local(dst);\n\tkunmap_local(src);\n}\n',
    good: 'void copy_head(struct page *to, struct page *from)\n{\n\tchar *dst = kmap_local_page(to);\n\tchar *src = kmap_local_page(from);\n\n\tmemcpy(dst, src, 64);\n\tkunmap_local(src);\n\tkunmap_local(dst);\n}\n',
    instead: 'Undo the last mapping first.',
    limits: 'Mappings of one function are compared, by where they are in the source.',
    atRunTime: ['WARNING: CPU: … mm/highmem.c'],
    holdsOn: 'machines with highmem; on others nothing happens',
  },
  'use-after-unmap': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'a pointer of kmap_local_page() or kmap_atomic() that is used after it has been unmapped',
    why: 'On a machine with highmem the slot belongs to the next mapping: the access reads or writes another page, or faults. On 64-bit machines it works, and so the mistake stays.',
    bad: 'int first_byte(struct page *page)\n{\n\tchar *p = kmap_local_page(page);\n\n\tkunmap_local(p);\n\treturn p[0];\n}\n',
    good: 'int first_byte(struct page *page)\n{\n\tchar *p = kmap_local_page(page);\n\tint byte = p[0];\n\n\tkunmap_local(p);\n\treturn byte;\n}\n',
    instead: 'Unmap behind the last use.',
    limits: 'Reported where the mapping is made in this function or in one that it calls.',
    atRunTime: ['BUG: unable to handle page fault'],
    holdsOn: 'machines with highmem; on others nothing happens',
  },
};
type Context = RuleContext<Code>;

export const localMaps: ObjectRule<Code> = {
  codes,
  start: (cx) => ({
    lost: (event) => notUndone(cx, event),
    freed: (event) => undone(cx, event),
    used: (event) => afterwards(cx, event),
  }),
};
/** Where there is no highmem, a mapping is the page's own address, and nothing happens. */
const onHighmem = ({ program }: Context): string =>
  program.profile.arches[program.machine.arch].zones.includes('HighMem') ? '' : ' on machines with highmem';
const mappedHere = ({ made }: Lost | Freed | Used): { span: Lost['span']; message: string }[] =>
  made ? [{ span: made.call.span, message: `${made.name}() maps it here` }] : [];

function notUndone(cx: Context, event: Lost): void {
  const { made, obj } = event;
  // of kmap_atomic(), the preemption that it turned off is told
  if (made?.allocates.kind !== 'local map') return;
  const name = nameOf(event, event);
  const by = freedWithText(made);
  cx.report('map-not-undone', event.span, () => ({
    message: `${name} stays mapped on this path, and keeps a slot${onHighmem(cx)}: undo it with ${by} before this`,
    related: [...mappedHere(event), ...branchesTo(event, obj.born)],
    ...(event.how === 'return'
      ? { fixes: insertOnPath(cx.program, event.span, branchesTo(event, obj.born), `${by.replace('()', '')}(${name})`) }
      : {}),
  }));
}
function undone(cx: Context, event: Freed): void {
  const { made, obj, objects, things, span, written } = event;
  if (!made || !isLocalMap(made)) return;
  if (obj.status === 'freed') {
    cx.report('use-after-unmap', span, () => ({
      message: `${writtenText(cx.program, written)} has been unmapped already: this takes the slot of another mapping${onHighmem(cx)}. Remove one of the two`,
      related: mappedHere(event),
    }));
    return;
  }
  for (const other of objects.objs) {
    const { made: later } = things.thing(other.id);
    if (other.id === obj.id || other.status !== 'live' || !other.owned || !later || !isLocalMap(later)) continue;
    if (later.call.span.file !== made.call.span.file || later.call.span.start <= made.call.span.start) continue;
    const name = nameOf(event, { obj: other, made: later });
    cx.report('unmap-order', span, () => ({
      message: `${writtenText(cx.program, written)} is unmapped here, but ${name} was mapped after it and is still mapped: its slot is taken instead${onHighmem(cx)}. Unmap ${name} first`,
      related: [...mappedHere(event), { span: later.call.span, message: `${later.name}() maps ${name} here` }],
    }));
    return;
  }
}
function afterwards(cx: Context, event: Used): void {
  const { made, obj, span, written, by } = event;
  if (!isLocalMap(made) || obj.status !== 'freed') return;
  cx.report('use-after-unmap', span, () => ({
    message: `${writtenText(cx.program, written)} is ${by ? `given to ${by}()` : 'followed'} after it has been unmapped: the slot may have another page${onHighmem(cx)}. Unmap it behind this`,
    related: [
      ...mappedHere(event),
      ...(obj.freed ? [{ span: obj.freed.span, message: `${obj.freed.by}() unmaps it here` }] : []),
    ],
  }));
}
