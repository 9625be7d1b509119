/** From what is selected to what it is: an object of a slab, an area of vmalloc's, a variable, a frame. */

import { MIGRATE_NAMES } from '../../../kernel/mm/migratetype';
import { toBits } from '../../../types/address';
import type { CType } from '../../../types/ctype';
import { sizeOf, typeName } from '../../../types/ctype';
import { PAGE_SIZE } from '../../../types/pageSize';
import { formatBytes } from '../../inspect/values';
import type { View } from '../../inspect/view';
import type { Session } from '../../session';
import { areaBlock, objectBlock, pageBlock } from '../allocationRecords';
import { type Asking, InspectorError } from '../asking';
import { isMemory } from '../frameNames';
import type { OwnerKind, Selection } from '../shapes/common';
import { type FrameOwner, frameOwner } from './frameOwner';
import { slabObjectAt } from './slabObject';

interface Field {
  readonly name: string;
  readonly value: string;
}
export interface Subject {
  readonly title: string;
  readonly owner: { readonly kind: OwnerKind; readonly name: string };
  readonly state: readonly string[];
  readonly parts: readonly Field[];
  /** of an object, whether it is on no freelist; undefined where that is not known, and for what is not an object */
  readonly inUse?: boolean | undefined;
  /** virtual address of its first byte, and its bytes; undefined for a frame that nothing maps */
  readonly address: number | undefined;
  readonly bytes: number;
  /** the frame of its first byte; undefined where nothing is mapped */
  readonly pfn: number | undefined;
  /** its type, where that is known: names what is written */
  readonly type: CType | undefined;
  /** names under which the tracer knows it, the nearest first */
  readonly blocks: readonly string[];
  readonly expression: string | undefined;
}
const hex = (number: number): string => `0x${number.toString(16)}`;
const pagesText = (pages: number): string => (pages === 1 ? 'one page' : `${pages} pages`);

/** What is needed to find it. */
type Looking = Pick<Asking, 'session' | 'frame'>;

/** @throws InspectorError that says why there is nothing, EvaluationError of an expression */
export function subjectOf(asking: Looking, selection: Selection): Subject {
  const { session } = asking;
  switch (selection.by) {
    case 'pfn':
      return frameSubject(session, selection.pfn);
    case 'address': {
      const address = session.parseAddress(selection.address);
      if (address === undefined) throw new InspectorError(`${selection.address} is not an address on this machine`);
      return subjectAt(asking, address);
    }
    case 'expression':
      return expressionSubject(asking, selection.text, selection.frameId);
  }
}
function expressionSubject(asking: Looking, text: string, frameId: number | undefined): Subject {
  const { session } = asking;
  const { type, value, address } = session.target.evaluate(text, asking.frame(frameId));
  if (type.kind === 'pointer') {
    if (!value) throw new InspectorError(`${text} is NULL: it points to nothing`);
    const target = session.view.addressOf(value);
    if (target === undefined)
      throw new InspectorError(`${text} holds ${session.view.hexBits(value)}, which is not an address`);
    return subjectAt(asking, target, type.to);
  }
  if (address !== undefined) return subjectAt(asking, address, type);
  throw new InspectorError(`${text} is a value that is not in memory: name a variable, or a pointer`);
}

/** What lies at a virtual address. `type`: what the expression says that it is. */
function subjectAt(asking: Looking, address: number, type?: CType): Subject {
  const { view } = asking.session;
  const page = view.pageAt(address);
  if (page) return frameSubject(asking.session, page.pfn);
  return (
    slabSubject(view, address, type) ??
    areaSubject(asking, address) ??
    symbolSubject(view, address) ??
    mappedSubject(asking.session, address)
  );
}
function frameOf(view: View, address: number): number | undefined {
  const phys = view.space.translate(address);
  return phys < 0 ? undefined : Math.floor(phys / PAGE_SIZE);
}

// ---------------------------------------------------------------- frames
function frameSubject(session: Session, pfn: number): Subject {
  const { view } = session;
  const { pages, direct } = view.kernel;
  if (!pages.has(pfn))
    throw new InspectorError(
      `pfn ${hex(pfn)} is past the end: the last pfn of this machine is ${hex(pages.endPfn - 1)}`,
    );
  const owner = frameOwner(session, pfn);
  const mapped = isMemory(view, pfn) && direct.has(pfn);
  return {
    title: owner.kind === 'hole' ? `pfn ${hex(pfn)}: no memory` : `page pfn ${hex(pfn)}`,
    owner,
    state: frameState(view, pfn, owner),
    parts: blockParts(pfn, owner),
    address: mapped ? direct.va(pfn * PAGE_SIZE) : undefined,
    bytes: PAGE_SIZE,
    pfn,
    type: undefined,
    blocks: pageBlocks(pfn),
    expression: owner.kind === 'hole' ? undefined : `*pfn_to_page(${hex(pfn)})`,
  };
}
/** A block is known by its first page. */
function pageBlocks(pfn: number): string[] {
  const heads = new Set<number>();
  for (let size = 1; size <= 1024; size *= 2) heads.add(pfn & -size);
  return [...heads].map(pageBlock);
}
function blockParts(pfn: number, { head, order }: FrameOwner): Field[] {
  if (order === 0) return [];
  const place = pfn === head ? 'its first page' : `page ${pfn - head} of it`;
  return [{ name: 'block', value: `pfn ${hex(head)}, order ${order} (${pagesText(1 << order)}); ${place}` }];
}
function frameState(view: View, pfn: number, owner: FrameOwner): string[] {
  const { pages, pageAlloc } = view.kernel;
  const { kind, order, head } = owner;
  if (kind === 'hole') return ['No memory is here: a hole of the physical address space.'];
  const refs = pages.getRefcount(head);
  const held = `${refs} reference${refs === 1 ? '' : 's'}`;
  switch (kind) {
    case 'free':
      return [
        `Free: ${pfn === head ? 'the first page' : 'a page'} of a block of order ${order} on a free list.`,
        `Its pageblock is of migratetype ${MIGRATE_NAMES[pageAlloc.blocks.migratetype(pfn)] ?? 'unknown'}.`,
      ];
    case 'pcp':
      return [`Free, but on ${owner.name}: the zone’s free lists do not have it.`];
    case 'reserved':
      return ['Reserved: the page allocator never had it, or has kept it from boot.'];
    case 'slab':
      return [`In use as a slab of ${owner.name}.`];
    default:
      return [`In use: ${owner.name}.`, `It has ${held}.`];
  }
}

// ---------------------------------------------------------------- objects, areas, symbols
function slabSubject(view: View, address: number, type: CType | undefined): Subject | undefined {
  const found = slabObjectAt(view, address);
  if (!found) return undefined;
  const { cacheName, slab, index, isFree, bytes } = found;
  const within = address - found.address;
  const where = index === undefined ? '' : `, object ${index} of its slab`;
  const words = isFree ? ['Free: it is on a freelist.'] : [];
  return {
    title: `object of ${cacheName}`,
    owner: { kind: 'slab', name: `cache ${cacheName}` },
    inUse: isFree === undefined ? undefined : !isFree,
    state: [...words, `${formatBytes(bytes)}${where}, in the slab at pfn ${hex(slab)}.`],
    parts: [
      { name: 'cache', value: cacheName },
      ...(index === undefined ? [] : [{ name: 'index in the slab', value: String(index) }]),
      ...(within === 0 ? [] : [{ name: 'selected', value: `${within} bytes behind the object’s start` }]),
    ],
    address: found.address,
    bytes,
    pfn: frameOf(view, found.address),
    type: within === 0 && fits(type, bytes) ? type : undefined,
    blocks: [objectBlock(found.address)],
    expression: `*(${fits(type, bytes) && within === 0 && type ? `${typeName(type)} *` : `unsigned char (*)[${bytes}]`})${view.hexBits(toBits(view.abi, found.address))}`,
  };
}
const fits = (type: CType | undefined, bytes: number): boolean =>
  (type?.kind === 'struct' || type?.kind === 'union') && (type.size ?? 0) <= bytes;

function areaSubject({ session }: Looking, address: number): Subject | undefined {
  const { view } = session;
  const { vmalloc } = view.kernel.allocators;
  if (!vmalloc.isVmallocAddr(address)) return undefined;
  const vm = vmalloc.vms.find(address);
  if (vm === 0) return undefined;
  const start = vmalloc.vms.addr(vm);
  const bytes = vmalloc.vms.areaSize(vm);
  const flags = vmalloc.vms.flagNames(vm).join(', ');
  const caller = view.pointer(vm, 'vm_struct', 'caller');
  const madeBy = caller ? view.symbol(caller) : undefined;
  const task = session.target.tasks().find((t) => view.pointer(t.task, 'task_struct', 'stack') === start);
  const text = view.hexBits(toBits(view.abi, start));
  return {
    title: task ? `kernel stack of ${task.comm} (${task.pid})` : `vmalloc area at ${text}`,
    owner: task
      ? { kind: 'kernel stack', name: `task ${task.comm} (${task.pid})` }
      : { kind: 'vmalloc', name: `area ${text}` },
    state: [
      `${formatBytes(bytes)} of addresses, ${pagesText(Math.ceil(bytes / PAGE_SIZE))}; flags: ${flags || 'none'}.`,
    ],
    parts: [
      { name: 'vm_struct', value: view.hexBits(toBits(view.abi, vm)) },
      ...(madeBy ? [{ name: 'caller', value: madeBy }] : []),
      ...(address === start ? [] : [{ name: 'selected', value: `${hex(address - start)} bytes behind its start` }]),
    ],
    address: start,
    bytes,
    pfn: frameOf(view, address),
    type: undefined,
    blocks: [areaBlock(text)],
    expression: `*(struct vm_struct *)${view.hexBits(toBits(view.abi, vm))}`,
  };
}
function symbolSubject(view: View, address: number): Subject | undefined {
  const found = view.kernel.symbols.at(address);
  const type = found?.symbol.type;
  // the room that a symbol has may be larger
  const size = type && (sizeOf(type) ?? found.symbol.size);
  if (!found || !type || size === undefined) return undefined;
  const start = address - found.offset;
  const cpu = found.cpu === undefined ? '' : ` of CPU ${found.cpu}`;
  const path = view.symbolName(address, true) ?? found.name;
  return {
    title: `${found.name}${cpu}`,
    owner:
      found.cpu === undefined
        ? { kind: 'kernel image', name: 'the kernel’s data' }
        : { kind: 'per-CPU', name: `the per-CPU data of CPU ${found.cpu}` },
    state: [`A variable of type ${typeName(type)}, ${formatBytes(size)}.`],
    parts: path === found.name ? [] : [{ name: 'selected', value: path }],
    address: start,
    bytes: size,
    pfn: frameOf(view, start),
    type,
    blocks: [],
    expression: found.cpu === undefined ? found.name : `*per_cpu_ptr(&${found.name}, ${found.cpu})`,
  };
}
/** An address that is mapped, and of which nothing more is known than its frame. */
function mappedSubject(session: Session, address: number): Subject {
  const { view } = session;
  const pfn = frameOf(view, address);
  const text = view.hexBits(toBits(view.abi, address));
  if (pfn === undefined || !view.kernel.pages.has(pfn))
    throw new InspectorError(`nothing is mapped at ${text}: select an address that is, or look at its page walk`);
  const frame = frameSubject(session, pfn);
  if (frame.address !== undefined && address >= frame.address && address < frame.address + PAGE_SIZE) {
    const within = address - frame.address;
    const selected = { name: 'selected', value: `${hex(within)} bytes behind the page’s start` };
    return within === 0 ? frame : { ...frame, parts: [...frame.parts, selected] };
  }
  return { ...frame, parts: [...frame.parts, { name: 'mapped at', value: text }] };
}
