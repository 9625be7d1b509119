/** Mappings of this task or CPU, kmap_local_page() and kmap_atomic(): undone on every path, in reverse order, and not used afterwards. */
import type { RuleContext } from '../../engine/rule';
import { branchesTo, type Freed, type Lost, type Used } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import { insertOnPath } from '../fixes/insertStatement';
import { freedWithText, isLocalMap, nameOf } from '../lifetime/memoryText';

type Code = 'map-not-undone' | 'unmap-order' | 'use-after-unmap';
const head = 'void f(struct page *a, struct page *b)\n{\n';
const codes: ObjectRule<Code>['codes'] = {
  'map-not-undone': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'a page that is mapped with kmap_local_page() or kmap_atomic() stays mapped on some path',
    why: 'A task has KM_MAX_IDX (16) such slots. One that is left in use makes the next unmap take the wrong slot (`WARNING` in mm/highmem.c), and a task that ends with one is reported. After kmap_atomic() preemption and page faults stay off.',
    bad: `${head}\tchar *p = kmap_local_page(a);\n\tif (p[0])\n\t\treturn;\n\tkunmap_local(p);\n}\n`,
    good: `${head}\tchar *p = kmap_local_page(a);\n\tif (p[0])\n\t\tp[0] = 0;\n\tkunmap_local(p);\n}\n`,
    instead:
      '`kunmap_local()` on every way out, or `memcpy_to_page()` and its like, which map and unmap by themselves.',
    limits: 'A pointer that is returned or stored is taken to be unmapped elsewhere.',
  },
  'unmap-order': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'mappings of kmap_local_page() or kmap_atomic() that are not undone in reverse order',
    why: 'The slots are a stack: kunmap_local() gives back the last one and warns if the address is that of another. On a 64-bit machine nothing happens; on one with highmem the other page is unmapped.',
    bad: `${head}\tchar *p = kmap_local_page(a);\n\tchar *q = kmap_local_page(b);\n\tmemcpy(p, q, 64);\n\tkunmap_local(p);\n\tkunmap_local(q);\n}\n`,
    good: `${head}\tchar *p = kmap_local_page(a);\n\tchar *q = kmap_local_page(b);\n\tmemcpy(p, q, 64);\n\tkunmap_local(q);\n\tkunmap_local(p);\n}\n`,
    instead: 'Undo the last mapping first.',
    limits: 'Only mappings of one function are compared.',
  },
  'use-after-unmap': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'a pointer of kmap_local_page() or kmap_atomic() that is used after it has been unmapped',
    why: 'On a machine with highmem the slot belongs to the next mapping: the access reads or writes another page, or faults. On 64-bit machines it works, and so the mistake stays.',
    bad: `${head}\tchar *p = kmap_local_page(a);\n\tkunmap_local(p);\n\tp[0] = 0;\n}\n`,
    good: `${head}\tchar *p = kmap_local_page(a);\n\tp[0] = 0;\n\tkunmap_local(p);\n}\n`,
    instead: 'Unmap behind the last use.',
    limits: 'Where the mapping is in sight.',
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
const mappedHere = ({ made }: Lost | Freed | Used): { span: Lost['span']; message: string }[] =>
  made ? [{ span: made.call.span, message: `${made.name}() maps it here` }] : [];

function notUndone(cx: Context, event: Lost): void {
  const { made, obj } = event;
  // of kmap_atomic(), the preemption that it turned off is told
  if (made?.allocates.kind !== 'local map') return;
  const name = nameOf(event, event);
  const by = freedWithText(made);
  cx.report('map-not-undone', event.span, () => ({
    message: `${name} stays mapped on this path: undo it with ${by} before this`,
    related: [...mappedHere(event), ...branchesTo(event, obj.born)],
    ...(event.how === 'return'
      ? { fixes: insertOnPath(cx.program, event.span, `${by.replace('()', '')}(${name})`, branchesTo(event, obj.born)) }
      : {}),
  }));
}
function undone(cx: Context, event: Freed): void {
  const { made, obj, objects, things, span, text } = event;
  if (!made || !isLocalMap(made)) return;
  if (obj.status === 'freed') {
    cx.report('use-after-unmap', span, () => ({
      message: `${text} has been unmapped already: this takes the slot of another mapping. Remove one of the two`,
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
      message: `${text} is unmapped here, but ${name} was mapped after it and is still mapped: unmap ${name} first`,
      related: [...mappedHere(event), { span: later.call.span, message: `${later.name}() maps ${name} here` }],
    }));
    return;
  }
}
function afterwards(cx: Context, event: Used): void {
  const { made, obj, span, text, by } = event;
  if (!isLocalMap(made) || obj.status !== 'freed') return;
  cx.report('use-after-unmap', span, () => ({
    message: `${text} is ${by ? `given to ${by}()` : 'followed'} after it has been unmapped: the slot may have another page. Unmap it behind this`,
    related: [
      ...mappedHere(event),
      ...(obj.freed ? [{ span: obj.freed.span, message: `${obj.freed.by}() unmaps it here` }] : []),
    ],
  }));
}
