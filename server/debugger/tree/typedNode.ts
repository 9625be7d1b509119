/**
 * Any C object as a tree: fields of structures, elements of arrays, the targets of pointers, the entries of lists. The scopes and the
 * expressions of watches, hovers and the console all make their nodes here, of a type and a location, so that they show the same; every
 * node's `evaluateName` gives the same node again.
 */

import { MIGRATE_NAMES, MIGRATE_PCPTYPES } from '../../kernel/mm/migratetype';
import { PAGE_ALLOC_COSTLY_ORDER } from '../../kernel/mm/zone';
import { allLayouts } from '../../profiles/layoutsFor';
import { toAddress, toBits } from '../../types/address';
import { typeInside } from '../../types/conversions';
import type { CType, PointerType, RecordType } from '../../types/ctype';
import { findField, sizeOf, typeName } from '../../types/ctype';
import { mappedBytes } from '../../vm/compile/compileExpression';
import { formatLocation, formatScalar, isPerCpu, listEntries, listLength } from '../inspect/values';
import {
  byteSize,
  elementLocation,
  memberLocation,
  type TypedLocation,
  unwrapCounter,
  type View,
} from '../inspect/view';
import type { Origin } from '../target/target';
import { type ListKind, listKind, treeKind } from './listEntries';
import { memberPath, targetPath } from './paths';
import { group, type Node, type TreeContext, textNode } from './treeNode';

/** a tree of all addresses has fewer levels: what goes on is not a tree */
const DEEPEST_TREE = 128;

/** Members of a union in `struct page` that share the same bytes: shown under one node. */
const PAGE_COMMON = ['flags', '_refcount', '_mapcount', 'mapping', 'index', 'private', 'lru'];

/** The node of an object at a location. `path` is a C expression of it, to which members can be appended. */
export function typedNode(
  context: TreeContext,
  name: string,
  location: TypedLocation,
  path: string | undefined,
  origin: Origin = {},
): Node {
  const { view, format } = context;
  const value = formatLocation(view, location, format, origin);
  // a member may lie behind the end of what is mapped: no expression can be made of it
  const needed = mappedBytes(location.type);
  if (needed > 0 && !view.mapped(location.address, needed)) return textNode(name, value);
  const memory = memoryOf(view, location, origin);
  return {
    name,
    value,
    type: typeName(location.type),
    ...(memory === undefined ? {} : { memory }),
    location,
    ...(path === undefined ? {} : { evaluateName: path }),
    ...childrenOf(context, location, path, origin),
  };
}
/** The node of a value that is not stored. A pointer opens to its target all the same. */
export function valueNode(
  context: TreeContext,
  name: string,
  type: CType,
  value: bigint,
  path: string | undefined,
): Node {
  const { view, format } = context;
  const memory = type.kind === 'pointer' ? targetOf(view, type, value, {}) : undefined;
  return {
    name,
    value: formatScalar(view, type, value, format),
    type: typeName(type),
    ...(path === undefined ? {} : { evaluateName: path }),
    readOnly: true,
    ...(memory === undefined ? {} : { memory }),
    ...(type.kind === 'pointer' ? pointerChildren(context, type, value, path, {}) : {}),
  };
}
/** Of a pointer, as the protocol has it, the memory it points to; of anything else, its own bytes. */
function memoryOf(view: View, location: TypedLocation, origin: Origin): number | undefined {
  const { type } = location;
  if (type.kind !== 'pointer') return location.address;
  const bits = view.read(location);
  return bits === undefined ? undefined : targetOf(view, type, bits, origin);
}
const targetOf = (view: View, type: PointerType, bits: bigint, origin: Origin): number | undefined =>
  bits === 0n || isPerCpu(view, type, bits, origin) ? undefined : view.addressOf(bits);

function childrenOf(
  context: TreeContext,
  location: TypedLocation,
  path: string | undefined,
  origin: Origin,
): Pick<Node, 'children' | 'indexed'> {
  const { type } = location;
  if (unwrapCounter(location) !== location) return {};
  if (type.kind === 'pointer') {
    const bits = context.view.read(location);
    return bits === undefined ? {} : pointerChildren(context, type, bits, path, origin);
  }
  if (type.kind === 'array') {
    const length = elementsOf(context.view, type.length ?? 0, origin);
    if (length === 0) return {};
    return {
      indexed: length,
      children: (start = 0, count = 0) => {
        const out: Node[] = [];
        const end = count > 0 ? Math.min(length, start + count) : length;
        for (let i = start; i < end; i++) {
          const element = elementLocation(location, i);
          const name = elementName(origin, i);
          if (element) out.push(typedNode(context, name, element, path && `${path}[${i}]`, origin));
        }
        return out;
      },
    };
  }
  if ((type.kind === 'struct' || type.kind === 'union') && type.fields) {
    if (type.tag === 'list_head') return listChildren(context, location, path, origin);
    if (type.tag === 'rb_root') return treeChildren(context, location, type, path, origin);
    return { children: () => recordFields(context, location, type, path) };
  }
  return {};
}
/** How many elements of an array there are: the kernel allocates some of its structures only as far as they are used. */
function elementsOf(view: View, declared: number, { record, field }: Origin): number {
  return record === 'kmem_cache' && field === 'node'
    ? Math.min(declared, view.kernel.vars.read('nr_node_ids'))
    : declared;
}
/** An index, with what the kernel calls it. */
function elementName({ record, field }: Origin, index: number): string {
  const known = record && field ? ELEMENTS[`${record}.${field}`]?.(index) : undefined;
  return known === undefined ? `[${index}]` : `[${index}] ${known}`;
}
/** Names of the elements of the kernel's arrays. */
const ELEMENTS: Readonly<Record<string, (index: number) => string | undefined>> = {
  'zone._watermark': (mark) => WATERMARKS[mark],
  'zone.free_area': (order) => `order ${order}`,
  'free_area.free_list': (type) => MIGRATE_NAMES[type],
  'per_cpu_pages.lists': (list) => {
    const order = Math.floor(list / MIGRATE_PCPTYPES);
    return order > PAGE_ALLOC_COSTLY_ORDER ? 'huge pages' : `order ${order} ${MIGRATE_NAMES[list % MIGRATE_PCPTYPES]}`;
  },
};
/** By enum zone_watermarks. */
export const WATERMARKS = ['min', 'low', 'high', 'promo'];

/** The members of a structure; those of an anonymous member are its own (`record` names it). */
function recordFields(
  context: TreeContext,
  location: TypedLocation,
  type: RecordType,
  path: string | undefined,
  record = type.tag ?? type.typedef,
): Node[] {
  const fields = type.fields ?? [];
  const nodes: Node[] = [];
  const rest: Node[] = [];
  for (const field of fields) {
    const inner: TypedLocation = {
      type: typeInside(type, field.type),
      address: location.address + field.offset,
      ...(field.bitWidth === undefined ? {} : { bitOffset: field.bitOffset ?? 0, bitWidth: field.bitWidth }),
    };
    if (field.name === undefined) {
      const { type: anonymous } = inner;
      if (anonymous.kind === 'struct' || anonymous.kind === 'union')
        nodes.push(
          group(`<anonymous ${anonymous.kind}>`, '', () => recordFields(context, inner, anonymous, path, record)),
        );
      continue;
    }
    if (/^_(pad|compound_pad|pt_pad|pp_mapping_pad)/.test(field.name) || field.name === '__filler') continue;
    if (byteSize(field.type) === 0 && field.type.kind !== 'array') continue;
    const node = typedNode(context, field.name, inner, path && memberPath(path, field.name), {
      record,
      field: field.name,
    });
    if (type.tag === 'page' && !PAGE_COMMON.includes(field.name)) rest.push(node);
    else nodes.push(node);
  }
  if (rest.length) {
    nodes.sort((a, b) => PAGE_COMMON.indexOf(a.name) - PAGE_COMMON.indexOf(b.name));
    nodes.push(group('other members of the union', 'the same bytes, read differently', () => rest));
  }
  return nodes;
}

/** A pointer opens to its target, directly to the fields if that is a structure; a per-CPU one to the copy of each CPU. */
function pointerChildren(
  context: TreeContext,
  type: PointerType,
  bits: bigint,
  path: string | undefined,
  origin: Origin,
): Pick<Node, 'children' | 'indexed'> {
  const { view } = context;
  const { to } = type;
  if (isPerCpu(view, type, bits, origin)) return perCpuChildren(context, to, bits, path);
  const address = bits === 0n ? undefined : view.addressOf(bits);
  const size = sizeOf(to);
  if (address === undefined || size === undefined || size === 0 || !view.mapped(address, 1)) return {};
  const target: TypedLocation = { type: to, address };
  const whole = path && targetPath(path);
  if ((to.kind === 'struct' || to.kind === 'union') && to.tag !== 'list_head')
    return { children: () => recordFields(context, target, to, whole) };
  if (to.kind === 'int' && to.size === 1) return {};
  return { children: () => [typedNode(context, '*', target, whole)] };
}
function perCpuChildren(
  context: TreeContext,
  to: CType,
  bits: bigint,
  path: string | undefined,
): Pick<Node, 'children' | 'indexed'> {
  const { percpu } = context.view.kernel;
  const address = toAddress(context.view.abi, bits);
  const copies = Array.from({ length: percpu.cpus }, (_, cpu) => ({
    name: `CPU ${cpu}`,
    location: { type: to, address: percpu.va(cpu, address) },
    path: path && targetPath(`per_cpu_ptr(${path}, ${cpu})`),
  }));
  return { children: () => copies.map((copy) => typedNode(context, copy.name, copy.location, copy.path)) };
}

function listChildren(
  context: TreeContext,
  location: TypedLocation,
  path: string | undefined,
  origin: Origin,
): Pick<Node, 'children' | 'indexed'> {
  const { view } = context;
  const kind = listKind(view, origin);
  const length = kind ? (listLength(view, location.address) ?? 0) : 0;
  if (kind && length > 0)
    return {
      indexed: length,
      children: (start = 0, count = 0) => listNodes(context, location.address, kind, start, count),
    };
  return {
    children: () =>
      ['next', 'prev'].flatMap((name) => {
        const inner = memberLocation(location, name);
        return inner
          ? [typedNode(context, name, inner, path && memberPath(path, name), { record: 'list_head', field: name })]
          : [];
      }),
  };
}

/** The root of a red-black tree, and from there both sides of each entry; of a tree that is not known, the node's words. */
function treeChildren(
  context: TreeContext,
  location: TypedLocation,
  type: RecordType,
  path: string | undefined,
  origin: Origin,
): Pick<Node, 'children'> {
  const { view } = context;
  const kind = treeKind(view, origin);
  const root = view.pointer(location.address, 'rb_root', 'rb_node');
  if (!kind || !root) return { children: () => recordFields(context, location, type, path) };
  return { children: () => [treeNode(context, 'root', root, kind, 0)] };
}
/** An entry of a tree: the sides below it, then its structure. */
function treeNode(context: TreeContext, name: string, node: number, kind: ListKind, depth: number): Node {
  const { view } = context;
  const address = node - (findField(kind.record, kind.member)?.offset ?? 0);
  const location: TypedLocation = { type: kind.record, address };
  const whole = typedNode(context, name, location, objectPath(view, location));
  const parent = view.number(node, 'rb_node', '__rb_parent_color');
  if (parent === undefined || depth > DEEPEST_TREE) return whole;
  const side = (field: string): Node[] => {
    const child = view.pointer(node, 'rb_node', field);
    return child ? [treeNode(context, field.replace('rb_', ''), child, kind, depth + 1)] : [];
  };
  return {
    ...whole,
    value: `${parent % 2 === 0 ? 'red' : 'black'} · ${whole.value}`,
    children: () => [...side('rb_left'), ...side('rb_right'), { ...whole, name: `struct ${kind.record.tag}` }],
  };
}

/** The entries `start` … of a list as the structures they lie in (container_of). */
function listNodes(context: TreeContext, head: number, kind: ListKind, start = 0, count = 0): Node[] {
  const { view } = context;
  const { record, member } = kind;
  const offset = findField(record, member)?.offset;
  const out: Node[] = [];
  if (offset === undefined) return out;
  let index = 0;
  for (const entry of listEntries(view, head)) {
    if (count > 0 && index >= start + count) break;
    if (index >= start) {
      const location: TypedLocation = { type: record, address: entry - offset };
      out.push(typedNode(context, `[${index}]`, location, objectPath(view, location)));
    }
    index++;
  }
  return out;
}
/** An expression of an object by where it lies: `(*pfn_to_page(0x1000))`, `(*(struct item *)0xffff…)`; none of a type without a name. */
export function objectPath(view: View, { type, address }: TypedLocation): string | undefined {
  if ((type.kind === 'struct' || type.kind === 'union') && !type.tag && !type.typedef) return undefined;
  const page = type.kind === 'struct' && type.tag === 'page' ? view.pageAt(address) : undefined;
  if (page?.offset === 0) return pagePath(page.pfn);
  const isArray = type.kind === 'array' && type.typedef === undefined;
  return targetPath(`(${typeName(type, isArray ? '(*)' : '*')})${view.hexBits(toBits(view.abi, address))}`);
}
/** An expression of a struct page. */
export const pagePath = (pfn: number): string => `(*pfn_to_page(0x${pfn.toString(16)}))`;

/** A structure of the kernel as a node, by its tag; `path` is an expression of it, made of its address if there is no better one. */
export function kernelObject(
  context: TreeContext,
  name: string,
  tag: string,
  address: number | undefined,
  path?: string,
): Node {
  const record = context.view.layouts.record(tag);
  if (address === undefined || !record) return textNode(name, 'not known');
  const location: TypedLocation = { type: record, address };
  return typedNode(context, name, location, path ?? objectPath(context.view, location));
}
/**
 * One member of a structure of the kernel as a node, by its path: `free_area[2].nr_free`. `whole` is an expression of the structure.
 * @throws Error for a field that no machine of this kernel version has: a spelling mistake of ours
 */
export function kernelField(
  context: TreeContext,
  tag: string,
  address: number,
  whole: string,
  path: string,
  name = path,
): Node {
  const { view } = context;
  const record = view.layouts.record(tag);
  if (!record) return textNode(name, 'not known');
  const location = memberLocation({ type: record, address }, path);
  if (!location) {
    const { profile } = view.kernel;
    if (!allLayouts(profile).some((layouts) => layouts.has(tag, path)))
      throw new Error(`no machine's struct ${tag} has a field ${path}`);
    return textNode(name, 'not on this machine');
  }
  const [, outer, field = path] = /^(?:(.*)\.)?(\w+)/.exec(path) ?? [];
  const holder = outer === undefined ? record : memberLocation({ type: record, address }, outer)?.type;
  const owner = holder?.kind === 'struct' || holder?.kind === 'union' ? holder.tag : tag;
  return typedNode(context, name, location, memberPath(whole, path), { record: owner, field });
}
