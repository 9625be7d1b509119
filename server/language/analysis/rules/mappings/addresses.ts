/**
 * Addresses and pages given to functions that can do nothing with them. `not-direct-map`: an address of vmalloc, a mapping, the stack or
 * per-CPU memory where one of the direct map is needed. `highmem-without-map`: the address of a highmem page that nobody has mapped.
 */
import { isSet } from '../../../../profiles/gfpValue';
import type { MemoryKind } from '../../../catalogue/entry';
import type { Program } from '../../../check/context/program';
import type { Call, Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { sourceText } from '../../engine/evidence';
import type { Rule, RuleContext } from '../../engine/rule';
import { type Passed, witness } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import { kindText } from '../lifetime/memoryText';

type Code = 'not-direct-map' | 'highmem-without-map';
const codes: ObjectRule<Code>['codes'] = {
  'not-direct-map': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'virt_to_page(), __pa() or a DMA mapping of an address that is not in the direct map',
    why: 'They subtract PAGE_OFFSET: for vmalloc memory, a mapping or per-CPU memory the result is a page that has nothing to do with it. A device then writes over memory of others; with CONFIG_DEBUG_VIRTUAL the kernel stops (`kernel BUG at arch/x86/mm/physaddr.c`).',
    bad: 'void f(void)\n{\n\tvoid *v = vmalloc(65536);\n\tif (!v)\n\t\treturn;\n\tget_page(virt_to_page(v));\n\tvfree(v);\n}\n',
    good: 'void f(void)\n{\n\tvoid *v = vmalloc(65536);\n\tif (!v)\n\t\treturn;\n\tget_page(vmalloc_to_page(v));\n\tvfree(v);\n}\n',
    instead:
      '`vmalloc_to_page()` for each page, or kmalloc memory. For DMA: `dma_alloc_coherent()`, or kmalloc memory and `dma_map_single()`.',
    limits:
      'Where the allocation of the memory is in sight. The kernel’s image is not in the direct map either, but __pa() knows it.',
  },
  'highmem-without-map': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'page_address() of a page from highmem that is not mapped',
    why: 'A page of ZONE_HIGHMEM has an address only while it is mapped: page_address() returns NULL, and the store after it is an oops. Machines without highmem, as x86_64, never show it.',
    bad: 'machine {\n\tarch = i386;\n}\nvoid f(void)\n{\n\tstruct page *page = alloc_page(GFP_HIGHUSER);\n\tif (!page)\n\t\treturn;\n\tmemset(page_address(page), 0, PAGE_SIZE);\n\t__free_page(page);\n}\n',
    good: 'machine {\n\tarch = i386;\n}\nvoid f(void)\n{\n\tstruct page *page = alloc_page(GFP_KERNEL);\n\tif (!page)\n\t\treturn;\n\tmemset(page_address(page), 0, PAGE_SIZE);\n\t__free_page(page);\n}\n',
    instead: '`kmap_local_page()` around the access, or a mask without `__GFP_HIGHMEM`.',
    limits: 'Where the allocation is in sight and its mask is a constant. A hint on machines without highmem.',
  },
};
const OUTSIDE: ReadonlySet<MemoryKind> = new Set<MemoryKind>([
  'vmalloc',
  'vmap',
  'ram map',
  'address range',
  'ioremap',
  'percpu',
  'local map',
  'atomic map',
]);
type Context = RuleContext<Code>;

export const addresses: ObjectRule<Code> = {
  codes,
  start: (cx) => ({
    passed(event) {
      if (event.by.entry.directMap !== undefined) outside(cx, event);
      else if (event.by.entry.names?.as === 'page address') highmem(cx, event);
    },
  }),
};
function outside(cx: Context, event: Passed): void {
  const { made, pointer, by, text, span } = event;
  const kind = pointer.as ?? made?.allocates.kind;
  if (!kind || !OUTSIDE.has(kind)) return;
  const instead =
    kind === 'vmalloc'
      ? 'Use vmalloc_to_page() for each of its pages, or kmalloc memory'
      : 'Use kmalloc memory or pages';
  cx.report('not-direct-map', span, () => ({
    message: `${text} is ${kindText(kind)}, which is not in the direct map: ${by.name}() computes an address that has nothing to do with it. ${instead}`,
    related: witness(event, event),
  }));
}
function highmem(cx: Context, event: Passed): void {
  const { made, by, text, span } = event;
  if (made?.allocates.kind !== 'pages' || made.entry.gfp === undefined) return;
  const { program } = cx;
  const arg = made.call.args[made.entry.gfp.arg];
  const mask = arg && program.constantOf(arg);
  if (mask === undefined || !isSet(Number(mask), program.profile.gfp.bits.__GFP_HIGHMEM)) return;
  const here = program.profile.arches[program.machine.arch].zones.includes('HighMem');
  cx.report('highmem-without-map', span, () => ({
    ...(here ? {} : { severity: 'hint' as const }),
    message: `${text} may be a highmem page${here ? '' : ' on a machine with CONFIG_HIGHMEM'}, and has no address then: ${by.name}() returns NULL. Map it with kmap_local_page(), or allocate it without __GFP_HIGHMEM`,
    related: witness(event, event),
  }));
}

const stackCodes: Rule<'stack-address'>['codes'] = {
  'stack-address': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'virt_to_page(), __pa() or a DMA mapping of a local variable',
    why: 'Kernel stacks are vmalloc memory on x86_64 (CONFIG_VMAP_STACK): the page that comes out belongs to others, and a device that writes to it corrupts them. dma_map_single() warns: `rejecting DMA map of vmalloc memory`.',
    bad: 'void f(void)\n{\n\tchar buf[64];\n\tmemset(buf, 0, 64);\n\tget_page(virt_to_page(buf));\n}\n',
    good: 'void f(void)\n{\n\tchar *buf = kzalloc(64, GFP_KERNEL);\n\tif (!buf)\n\t\treturn;\n\tget_page(virt_to_page(buf));\n\tkfree(buf);\n}\n',
    instead: 'A kmalloc buffer, as a member of the driver’s structure.',
    limits: 'Only the address of a local of the same function.',
  },
};
export const stackAddress: Rule<'stack-address'> = {
  codes: stackCodes,
  start: ({ program, report }) => ({
    visit: {
      call(e: Call) {
        const sym = e.callee.kind === 'ident' ? program.symbolOf(e.callee) : undefined;
        const arg = sym?.kind === 'api' ? sym.entry.directMap : undefined;
        const given = arg === undefined ? undefined : e.args[arg];
        if (!sym || !given || !isLocalAddress(program, given)) return;
        report('stack-address', given.span, () => ({
          message: `${sourceText(program, given.span)} is on the stack, which is not in the direct map: ${sym.name}() computes an address that has nothing to do with it. Use a kmalloc buffer`,
        }));
      },
    },
  }),
};
/** Whether `e` is the address of a local, or a local array. */
function isLocalAddress(program: Program, given: Expr): boolean {
  let e = withoutCasts(given);
  if (e.kind === 'unary' && e.op === '&') e = e.operand;
  else if (program.typeOf(e)?.kind !== 'array') return false;
  while ((e.kind === 'member' && !e.arrow) || (e.kind === 'index' && program.typeOf(e.base)?.kind === 'array'))
    e = e.base;
  const sym = e.kind === 'ident' ? program.symbolOf(e) : undefined;
  return sym?.kind === 'var' && sym.storage === 'local';
}
