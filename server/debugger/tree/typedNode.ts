/**
 * Any C object as a tree: fields of structures, elements of arrays, the targets of pointers, the entries of lists. `evaluateName` is kept,
 * so that every node can be watched, hovered and assigned.
 */
import { layoutsFor } from '../../profiles/layoutsFor';
import type { Arch, CType, RecordType } from '../../types/ctype';
import { ABIS, findField, sizeOf, typeName } from '../../types/ctype';
import { formatLocation, listEntries, listLength, type Origin } from '../inspect/values';
import { byteSize, elementLocation, memberLocation, type TypedLocation, unwrapCounter } from '../inspect/view';
import { type ListKind, listKind } from './listEntries';
import { group, type Node, type TreeContext, textNode } from './treeNode';

/** Members of a union in `struct page` that share the same bytes: shown under one node. */
const PAGE_COMMON = ['flags', '_refcount', '_mapcount', 'mapping', 'index', 'private', 'lru'];

/** The node of an object at a location. */
export function typedNode(
  context: TreeContext,
  name: string,
  location: TypedLocation,
  evaluateName: string | undefined,
  origin: Origin = {},
): Node {
  return {
    ...leaf(context, name, location, evaluateName, origin),
    ...childrenOf(context, location, evaluateName, origin),
  };
}
/** The same, without children. */
function leaf(
  { view, format }: TreeContext,
  name: string,
  location: TypedLocation,
  evaluateName: string | undefined,
  origin: Origin,
): Node {
  return {
    name,
    value: formatLocation(view, location, format, origin),
    type: typeName(location.type),
    address: location.address,
    location,
    ...(evaluateName === undefined ? {} : { evaluateName }),
  };
}

function childrenOf(
  context: TreeContext,
  location: TypedLocation,
  path: string | undefined,
  origin: Origin,
): Pick<Node, 'children' | 'named' | 'indexed'> {
  const { type } = location;
  if (unwrapCounter(location) !== location) return {};
  if (type.kind === 'pointer') return pointerChildren(context, location, type.to, path);
  if (type.kind === 'array') {
    const length = type.length ?? 0;
    if (length === 0) return {};
    return {
      indexed: length,
      children: (start = 0, count = 0) => {
        const out: Node[] = [];
        const end = count > 0 ? Math.min(length, start + count) : length;
        for (let i = start; i < end; i++) {
          const element = elementLocation(location, i);
          if (element) out.push(typedNode(context, `[${i}]`, element, path && `${path}[${i}]`, origin));
        }
        return out;
      },
    };
  }
  if ((type.kind === 'struct' || type.kind === 'union') && type.fields) {
    if (type.tag === 'list_head') return listChildren(context, location, path, origin);
    return { children: () => recordFields(context, location, type, path) };
  }
  return {};
}

function recordFields(
  context: TreeContext,
  location: TypedLocation,
  type: RecordType,
  path: string | undefined,
): Node[] {
  const fields = type.fields ?? [];
  const record = type.tag ?? type.typedef;
  const nodes: Node[] = [];
  const rest: Node[] = [];
  for (const field of fields) {
    const inner: TypedLocation = {
      type: field.type,
      address: location.address + field.offset,
      ...(field.bitWidth === undefined ? {} : { bitOffset: field.bitOffset ?? 0, bitWidth: field.bitWidth }),
    };
    if (field.name === undefined) {
      if (field.type.kind === 'struct' || field.type.kind === 'union')
        nodes.push(
          group(`<anonymous ${field.type.kind}>`, '', () =>
            recordFields(context, inner, field.type as RecordType, path),
          ),
        );
      continue;
    }
    if (/^_(pad|compound_pad|pt_pad|pp_mapping_pad)/.test(field.name) || field.name === '__filler') continue;
    if (byteSize(field.type) === 0 && field.type.kind !== 'array') continue;
    const node = typedNode(context, field.name, inner, path && memberPath(path, field.name), {
      record,
      field: field.name,
    });
    if (record === 'page' && !PAGE_COMMON.includes(field.name)) rest.push(node);
    else nodes.push(node);
  }
  if (rest.length) {
    nodes.sort((a, b) => PAGE_COMMON.indexOf(a.name) - PAGE_COMMON.indexOf(b.name));
    nodes.push(group('other members of the union', 'the same bytes, read differently', () => rest));
  }
  return nodes;
}

/** A pointer opens to its target, directly to the fields if that is a structure. */
function pointerChildren(
  context: TreeContext,
  location: TypedLocation,
  to: CType,
  path: string | undefined,
): Pick<Node, 'children' | 'named' | 'indexed'> {
  const { view } = context;
  const bits = view.read(location);
  const address = bits === undefined || bits === 0n ? undefined : view.addressOf(bits);
  const size = sizeOf(to);
  if (address === undefined || size === undefined || size === 0 || !view.mapped(address, 1)) return {};
  const target: TypedLocation = { type: to, address };
  if (to.kind === 'struct' || to.kind === 'union') {
    if (to.tag === 'list_head') return { children: () => [typedNode(context, '*', target, path && `*${path}`)] };
    return { children: () => recordFields(context, target, to, path && `(*${path})`) };
  }
  if (to.kind === 'int' && to.size === 1) return {};
  return {
    children: () => [typedNode(context, `*${/^\w+$/.test(path ?? '') ? path : ''}`, target, path && `*(${path})`)],
  };
}
/** `(*page).flags` reads better as `page->flags`. */
function memberPath(path: string, field: string): string {
  const target = /^\(\*([\w.\->[\]()]+)\)$/.exec(path)?.[1];
  return target === undefined ? `${path}.${field}` : `${target}->${field}`;
}

function listChildren(
  context: TreeContext,
  location: TypedLocation,
  path: string | undefined,
  origin: Origin,
): Pick<Node, 'children' | 'named' | 'indexed'> {
  const { view } = context;
  const links = (): Node[] =>
    ['next', 'prev'].flatMap((name) => {
      const inner = memberLocation(location, name);
      if (!inner) return [];
      return [leaf(context, name, inner, path && memberPath(path, name), {})];
    });
  const kind = listKind(view.program, view.layouts, origin.record, origin.field);
  const length = kind ? (listLength(view, location.address) ?? 0) : 0;
  if (!kind || length === 0) return { children: () => links() };
  return {
    indexed: length,
    children: (start = 0, count = 0) => listNodes(context, location.address, kind, start, count),
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
      const expression =
        record.tag === 'page' && record.builtin ? pageExpression(view.pageAt(location.address)?.pfn) : undefined;
      out.push(typedNode(context, `[${index}]`, location, expression));
    }
    index++;
  }
  return out;
}
const pageExpression = (pfn: number | undefined): string | undefined =>
  pfn === undefined ? undefined : `(*pfn_to_page(0x${pfn.toString(16)}))`;

/** A structure of the kernel as a node, by its tag; a plain line if nothing is mapped there. */
export function kernelObject(
  context: TreeContext,
  name: string,
  tag: string,
  address: number | undefined,
  evaluateName?: string,
): Node {
  const record = context.view.layouts.record(tag);
  if (address === undefined || !record) return textNode(name, 'not known');
  return typedNode(context, name, { type: record, address }, evaluateName);
}
/**
 * One field of a structure of the kernel, by path, as a node.
 * @throws Error for a field that no machine of this kernel version has: a spelling mistake of ours
 */
export function kernelField(
  context: TreeContext,
  tag: string,
  address: number,
  path: string,
  name = path,
  evaluateName?: string,
): Node {
  const record = context.view.layouts.record(tag);
  if (!record) return textNode(name, 'not known');
  const location = memberLocation({ type: record, address }, path);
  if (!location) {
    const { profile } = context.view.kernel;
    if (!(Object.keys(ABIS) as Arch[]).some((arch) => layoutsFor(profile, arch).has(tag, path)))
      throw new Error(`no machine's struct ${tag} has a field ${path}`);
    return textNode(name, 'not on this machine');
  }
  return typedNode(context, name, location, evaluateName, { record: tag, field: /^\w+/.exec(path)?.[0] });
}

/** The pages on a list of the page allocator: free_area, per-CPU lists. */
export function pageListNodes(context: TreeContext, head: number, start = 0, count = 0): Node[] {
  const record = context.view.layouts.record('page');
  return record ? listNodes(context, head, { record, member: 'lru' }, start, count) : [];
}
