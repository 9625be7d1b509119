/**
 * Addresses and pages given to functions that can do nothing with them. `not-direct-map`: an address of vmalloc, a mapping, the stack or
 * per-CPU memory where one of the direct map is needed. `highmem-without-map`: the address of a highmem page that nobody has mapped.
 */
import { isSet } from '../../../../profiles/gfpValue';
import type { MemoryKind } from '../../../catalogue/form/entry';
import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
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
    why: 'They subtract PAGE_OFFSET: for vmalloc memory, a mapping or per-CPU memory the result is a page that has nothing to do with it. With CONFIG_DEBUG_VIRTUAL the kernel stops (`kernel BUG at arch/x86/mm/physaddr.c`); dma_map_single() refuses vmalloc memory (`rejecting DMA map of vmalloc memory`); else the memory of others is read or written.',
    bad: 'int table_upload(struct device *dev)\n{\n\tvoid *table = vmalloc(65536);\n\tdma_addr_t addr;\n\n\tif (!table)\n\t\treturn -ENOMEM;\n\taddr = dma_map_single(dev, table, 65536, DMA_TO_DEVICE);\n\tif (!dma_mapping_error(dev, addr))\n\t\tdma_unmap_single(dev, addr, 65536, DMA_TO_DEVICE);\n\tvfree(table);\n\treturn 0;\n}\n',
    good: 'int table_upload(struct device *dev)\n{\n\tvoid *table = kmalloc(4096, GFP_KERNEL);\n\tdma_addr_t addr;\n\n\tif (!table)\n\t\treturn -ENOMEM;\n\taddr = dma_map_single(dev, table, 4096, DMA_TO_DEVICE);\n\tif (!dma_mapping_error(dev, addr))\n\t\tdma_unmap_single(dev, addr, 4096, DMA_TO_DEVICE);\n\tkfree(table);\n\treturn 0;\n}\n',
    instead:
      '`vmalloc_to_page()` for each page, or kmalloc memory. For DMA: `dma_alloc_coherent()`, or kmalloc memory and `dma_map_single()`.',
    limits: 'Reported where the allocation of the memory is in sight; for locals there is `stack-address`.',
  },
  'highmem-without-map': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'page_address() of a page from highmem that is not mapped',
    why: 'A page of ZONE_HIGHMEM has an address only while it is mapped: page_address() returns NULL, and the access after it is an oops (`BUG: kernel NULL pointer dereference`). It happens only when the page comes from highmem, and never on x86_64.',
    bad: 'machine {\n\tarch = i386;\n}\n\nstruct page *buffer_alloc(void)\n{\n\tstruct page *page = alloc_page(GFP_HIGHUSER);\n\n\tif (page)\n\t\tmemset(page_address(page), 0, PAGE_SIZE);\n\treturn page;\n}\n',
    good: 'machine {\n\tarch = i386;\n}\n\nstruct page *buffer_alloc(void)\n{\n\tstruct page *page = alloc_page(GFP_HIGHUSER);\n\n\tif (page)\n\t\tmemzero_page(page, 0, PAGE_SIZE);\n\treturn page;\n}\n',
    instead:
      '`kmap_local_page()` around the access, a function that maps by itself such as `memzero_page()` or `clear_highpage()`, or a mask without `__GFP_HIGHMEM`.',
    limits: 'Reported where the allocation is in sight and its mask is a constant. A hint on machines without highmem.',
    holdsOn: 'machines with highmem: i386 and i386_pae',
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
  const { made, pointer, by, span } = event;
  const kind = pointer.as ?? made?.allocates.kind;
  if (!kind || !OUTSIDE.has(kind)) return;
  const instead =
    kind === 'vmalloc'
      ? 'Use vmalloc_to_page() for each of its pages, or kmalloc memory'
      : 'Use kmalloc memory or pages';
  cx.report('not-direct-map', span, () => ({
    message: `${sourceText(cx.program, span)} is ${kindText(kind)}, which is not in the direct map: ${by.name}() computes an address that has nothing to do with it. ${instead}`,
    related: witness(event, event),
  }));
}
function highmem(cx: Context, event: Passed): void {
  const { made, by, span } = event;
  if (made?.allocates.kind !== 'pages' || made.entry.gfp === undefined) return;
  const { program } = cx;
  const arg = made.call.args[made.entry.gfp.arg];
  const mask = arg && program.constantOf(arg);
  if (mask === undefined || !isSet(Number(mask), program.profile.gfp.bits.__GFP_HIGHMEM)) return;
  const here = program.profile.arches[program.machine.arch].zones.includes('HighMem');
  cx.report('highmem-without-map', span, () => ({
    ...(here ? {} : { severity: 'hint' as const }),
    message: `${sourceText(program, span)} may be a highmem page${here ? '' : ' on a machine with CONFIG_HIGHMEM'}, and has no address then: ${by.name}() returns NULL. Map it with kmap_local_page(), or allocate it without __GFP_HIGHMEM`,
    related: witness(event, event),
  }));
}

const stackCodes: Rule<'stack-address'>['codes'] = {
  'stack-address': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'virt_to_page(), __pa() or a DMA mapping of a local variable',
    why: 'Kernel stacks are vmalloc memory on x86_64 (CONFIG_VMAP_STACK): the page that comes out belongs to others, and a device that writes to it corrupts them. dma_map_single() refuses them: `rejecting DMA map of vmalloc memory`. On i386 stacks are in the direct map, but a device’s write still shares cache lines with other locals.',
    bad: 'int nic_send_reset(struct device *dev)\n{\n\tu8 cmd[64] = { 1 };\n\tdma_addr_t addr = dma_map_single(dev, cmd, sizeof(cmd), DMA_TO_DEVICE);\n\n\tif (dma_mapping_error(dev, addr))\n\t\treturn -ENOMEM;\n\tdma_unmap_single(dev, addr, sizeof(cmd), DMA_TO_DEVICE);\n\treturn 0;\n}\n',
    good: 'int nic_send_reset(struct device *dev, u8 *cmd)\n{\n\tdma_addr_t addr = dma_map_single(dev, cmd, 64, DMA_TO_DEVICE);\n\n\tif (dma_mapping_error(dev, addr))\n\t\treturn -ENOMEM;\n\tdma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);\n\treturn 0;\n}\n',
    instead: 'A kmalloc buffer, for instance a member of the driver’s structure.',
    limits:
      'Finds the address of a local of the same function where it is an argument; not one that was stored in a pointer before. A hint on machines whose stacks are in the direct map.',
  },
};
export const stackAddress: Rule<'stack-address'> = {
  codes: stackCodes,
  start: ({ program, report }) => ({
    calls(sym) {
      const arg = sym.kind === 'api' ? sym.entry.directMap : undefined;
      if (arg === undefined) return undefined;
      return ({ args }) => {
        const given = args[arg];
        if (!given || !isLocalAddress(program, given)) return;
        const text = sourceText(program, given.span);
        // kernel stacks of 32-bit machines are pages of lowmem
        const isMapped = program.abi.wordSize === 4;
        report('stack-address', given.span, () => ({
          ...(isMapped ? { severity: 'hint' as const } : {}),
          message: isMapped
            ? `${text} is on the stack, which with CONFIG_VMAP_STACK, as on x86_64, is not in the direct map: ${sym.name}() computes a wrong address there. Use a kmalloc buffer`
            : `${text} is on the stack, which is not in the direct map: ${sym.name}() computes an address that has nothing to do with it. Use a kmalloc buffer`,
        }));
      };
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
