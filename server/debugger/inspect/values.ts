/**
 * Values as a kernel developer describes them: the target of a pointer, the bits that are set, the size of a number of pages.
 */

import { decodeFlagFields } from '../../kernel/mm/page_flags';
import { MAX_ORDER } from '../../kernel/mm/zone';
import { KM_MAX_IDX, ZERO_SIZE_PTR } from '../../profiles/commonConstants';
import { slabFlagNames } from '../../profiles/slabFlags';
import { toBits } from '../../types/address';
import type { CType, PointerType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Origin } from '../target/target';
import { ALLOCATOR_RECORDS, cacheName } from './allocatorValues';
import { entryText, isEntryType } from './pageTableEntry';
import { byteSize, bytesAsText, memberLocation, type TypedLocation, unwrapCounter, type View } from './view';

/** `,x` and its family after a watch expression: hexadecimal, decimal, character, string, binary, octal; `natural` without a suffix. */
export type Format = 'natural' | 'hex' | 'decimal' | 'char' | 'string' | 'binary' | 'octal';

/** Lists whose entries are blocks of free pages, linked by `lru`. */
export const isPageList = ({ record, field }: Origin): boolean =>
  (record === 'free_area' && field === 'free_list') || (record === 'per_cpu_pages' && field === 'lists');

/** Number of pages that a structure's field counts, by structure and field. */
const PAGE_COUNTS: Readonly<Record<string, readonly string[]>> = {
  zone: [
    '_watermark',
    'watermark_boost',
    'nr_reserved_highatomic',
    'lowmem_reserve',
    'managed_pages',
    'spanned_pages',
    'present_pages',
    'present_early_pages',
  ],
  per_cpu_pages: ['count', 'high', 'batch'],
  pglist_data: ['node_present_pages', 'node_spanned_pages', 'totalreserve_pages'],
};

/** `12 pages, 48 KiB` */
export function formatPages(pages: number): string {
  return `${pages} page${Math.abs(pages) === 1 ? '' : 's'}, ${formatBytes(pages * PAGE_SIZE)}`;
}
/** `48 KiB`, `1.5 MiB`: exact where it is a whole number, else to one digit. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < 4) {
    value /= 1024;
    unit++;
  }
  const text = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return `${text} ${[value === 1 ? 'byte' : 'bytes', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
}

/** One value of a scalar type as text. */
export function formatScalar(view: View, type: CType, value: bigint, format: Format, origin: Origin = {}): string {
  if (format !== 'natural' && format !== 'string') return formatAs(type, value, format);
  if (type.kind === 'pointer') {
    const percpu = perCpuText(view, type, value, origin);
    return percpu ?? formatPointer(view, type.to, value, format);
  }
  if (type.kind === 'enum') {
    const name = type.constants.find((c) => c.value === value)?.name;
    return name === undefined ? String(value) : `${name} (${value})`;
  }
  if (type.kind !== 'int') return String(value);
  if (type.bool) return value === 0n ? 'false' : 'true';
  if (isEntryType(type.typedef)) return entryText(view, value, type.typedef);
  if (type.typedef === 'slab_flags_t') return `${hex(value)} ${slabFlagNames(Number(value))}`;
  if (type.typedef === 'gfp_t') return `${hex(value)} ${view.kernel.gfp.names(Number(value))}`;
  if (type.size === 1 && !type.typedef && /^char$|^signed char$/.test(type.name)) return formatChar(value);
  return formatInteger(view, type.size, type.signed, value, origin);
}

function formatInteger(view: View, size: number, signed: boolean, value: bigint, origin: Origin): string {
  const { record, field } = origin;
  if (record === 'page') {
    if (field === 'flags') return flagsText(view, value);
    if (field === 'page_type') return formatPageType(view, value);
    if (field === 'compound_head' && value & 1n) return formatBitsPointer(view, value);
    if (field === 'private' && value > 0xffffffn) return hex(value);
  }
  if (record && field && PAGE_COUNTS[record]?.includes(field))
    return `${value} (${formatBytes(Number(value) * PAGE_SIZE)})`;
  if (field === 'zone_start_pfn' || field === 'node_start_pfn') return `0x${value.toString(16)}`;
  const errno = signed && value < 0n ? view.kernel.errnos.get(Number(-value)) : undefined;
  if (errno !== undefined) return `${value} (-${errno})`;
  // a pointer kept in an unsigned long: __get_free_pages() gives one
  if (size === view.abi.wordSize && !signed && value > 0xffffn) {
    const text = describeAddress(view, value);
    if (text) return `${value} (${view.hexBits(value)} ${text})`;
  }
  return String(value);
}
function formatBitsPointer(view: View, value: bigint): string {
  const head = describeAddress(view, value & ~1n);
  return `${view.hexBits(value)} tail of ${head ?? view.hexBits(value & ~1n)}`;
}
/** `0x2000(head|node=0|zone=2)`, as %pGp prints it */
function flagsText(view: View, value: bigint): string {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return view.kernel.pageFlags.format(view.abi, low, high);
}
function formatPageType(view: View, value: bigint): string {
  const bits = BigInt.asUintN(32, value);
  if (bits === 0xffffffffn) return '0xffffffff (no type, _mapcount -1)';
  if (bits < 0xf0000000n) return `${value}`;
  const names = view.kernel.pageFlags.typeNames(Number(BigInt.asIntN(32, bits)));
  return names.length ? `${hex(bits)} ${names.join('|')}` : hex(bits);
}

/** A pointer: NULL, poison and error pointers by name, else its target. */
function formatPointer(view: View, to: CType, bits: bigint, format: Format = 'natural'): string {
  if (bits === 0n) return 'NULL';
  const text = view.hexBits(bits);
  const special = specialPointer(view, bits);
  if (special) return `${text} ${special}`;
  const address = view.addressOf(bits);
  if (to.kind === 'int' && to.size === 1 && !to.bool && address !== undefined && !/unsigned/.test(to.name)) {
    const string = view.cString(address, 80);
    if (string !== undefined && (format === 'string' || printable(view, address))) return `${text} "${string}"`;
  }
  const where = objectName(view, to, address) ?? describeAddress(view, bits);
  return where ? `${text} ${where}` : `${text} not mapped`;
}
/** What a pointer to an object that has a name leads to: `task main (12)`, `cache kmalloc-64`, `zone DMA32, node 0`; undefined for others, and where no such object is. */
function objectName(view: View, to: CType, address: number | undefined): string | undefined {
  if (to.kind !== 'struct' || address === undefined) return undefined;
  switch (to.tag) {
    case 'task_struct':
      return view.taskState(address) === undefined ? undefined : `task ${taskName(view, address)}`;
    case 'kmem_cache':
      return isCache(view, address) ? `cache ${cacheName(view, address)}` : undefined;
    case 'zone': {
      const zone = view.kernel.zones.find((z) => z.addr === address);
      return zone && `zone ${zone.name}, node ${zone.node}`;
    }
    default:
      return undefined;
  }
}
/** Entries of slab_caches that are looked at. */
const MOST_CACHES = 4096;
/** Whether slab_caches leads to it. */
function isCache(view: View, address: number): boolean {
  const head = view.kernel.symbols.lookup('slab_caches')?.va;
  if (head === undefined) return false;
  const link = address + view.layouts.offset('kmem_cache', 'list');
  let looked = 0;
  for (const entry of listEntries(view, head)) {
    if (entry === link) return true;
    // a list that was written over may be a ring without its head
    if (++looked === MOST_CACHES) return false;
  }
  return false;
}
function specialPointer(view: View, bits: bigint): string | undefined {
  const { poison, maxErrno } = view.kernel.profile;
  const base = poison.pointerDelta[view.abi.arch];
  if (bits === base + BigInt(poison.list1)) return 'LIST_POISON1';
  if (bits === base + BigInt(poison.list2)) return 'LIST_POISON2';
  if (bits === BigInt(ZERO_SIZE_PTR)) return 'ZERO_SIZE_PTR';
  const error = (1n << BigInt(view.abi.wordSize * 8)) - bits;
  if (error <= BigInt(maxErrno)) return `ERR_PTR(-${view.kernel.errnos.get(Number(error)) ?? error})`;
  const byte = bits & 0xffn;
  const repeated = view.abi.wordSize === 8 ? byte * 0x0101010101010101n : byte * 0x01010101n;
  if (bits === repeated) {
    if (byte === BigInt(poison.free)) return 'POISON_FREE pattern: freed memory';
    if (byte === BigInt(poison.inuse)) return 'POISON_INUSE pattern: never written';
    if (byte === BigInt(poison.page)) return 'page poison pattern: freed page';
  }
  return bits < BigInt(PAGE_SIZE) ? 'in the NULL page' : undefined;
}
/** The target of an address: `<ring_lock>`, `page pfn 0x1234`, `direct map, pfn 0x123a`, `direct map, pfn 0x1 + 0x10`. */
export function describeAddress(view: View, bits: bigint): string | undefined {
  const address = view.addressOf(bits);
  if (address === undefined) return undefined;
  const page = view.pageAt(address);
  if (page) return `page pfn 0x${page.pfn.toString(16)}${page.offset ? ` + 0x${page.offset.toString(16)}` : ''}`;
  const symbol = view.symbol(address);
  if (symbol) return symbol;
  const pfn = view.directPfn(address);
  if (pfn !== undefined) return `direct map, pfn 0x${pfn.toString(16)}`;
  return highmemMapping(view, address) ?? view.space.rangeOf(address)?.name;
}
/** A slot that maps a highmem page: `kmap slot 3, pfn 0x36c00`, `local slot 0, not mapped`. */
function highmemMapping(view: View, address: number): string | undefined {
  const { addresses, pageTables, highmem, percpu } = view.kernel;
  if (!highmem) return undefined;
  const below = Math.floor((addresses.kmapBegin + PAGE_SIZE - 1 - address) / PAGE_SIZE);
  const slot = highmem.has(address)
    ? `kmap slot ${Math.floor((address - addresses.pkmapBase) / PAGE_SIZE)}`
    : below >= 0 && below < KM_MAX_IDX * percpu.cpus
      ? `local slot ${below % KM_MAX_IDX} of CPU ${Math.floor(below / KM_MAX_IDX)}`
      : undefined;
  if (slot === undefined) return undefined;
  const pfn = pageTables.pfnAt(address);
  return `${slot}, ${pfn < 0 ? 'not mapped' : `pfn 0x${pfn.toString(16)}`}`;
}
function printable(view: View, address: number): boolean {
  const length = view.space.mappedLength(address, 64);
  const found = bytesAsText(view.space.readBytes(address, length));
  return found.clean && found.text.length > 0;
}

/** Any value at a location, with structures and arrays abbreviated. */
export function formatLocation(
  view: View,
  location: TypedLocation,
  format: Format = 'natural',
  origin: Origin = {},
): string {
  const { type, address } = location;
  if (type.kind === 'function') return view.symbol(address) ?? 'function';
  const size = byteSize(type);
  if (size > 0 && !view.mapped(address, Math.min(size, 1 << 16))) return 'not mapped';
  const scalar = view.read(location);
  if (scalar !== undefined) return formatScalar(view, type, scalar, format, origin);
  if (type.kind === 'array') return formatArray(view, location, format);
  if (type.kind === 'struct' || type.kind === 'union') return formatRecord(view, location, format, origin);
  return typeName(type);
}
function formatArray(view: View, location: TypedLocation, format: Format): string {
  if (location.type.kind !== 'array') return '';
  const { of, length } = location.type;
  if (of.kind === 'int' && of.size === 1 && /char/.test(of.name) && length !== null) {
    const { text, terminated, clean } = bytesAsText(view.space.readBytes(location.address, Math.min(length, 256)));
    if (format === 'string' || (clean && (terminated || length > 256))) return `"${text}"`;
  }
  const shown: string[] = [];
  for (let i = 0; i < Math.min(length ?? 0, 4); i++) {
    const element: TypedLocation = { type: of, address: location.address + i * byteSize(of) };
    if (byteSize(of) > 8) break;
    const counter = unwrapCounter(element);
    const value = view.read(counter);
    shown.push(value === undefined ? '…' : formatScalar(view, counter.type, value, format));
  }
  const inner = shown.length ? ` {${shown.join(', ')}${(length ?? 0) > shown.length ? ', …' : ''}}` : '';
  return `${typeName(location.type)}${inner}`;
}
/** Structures by their most useful fields. */
function formatRecord(view: View, location: TypedLocation, format: Format, origin: Origin): string {
  const counter = unwrapCounter(location);
  if (counter !== location) return formatCounter(view, counter, format, origin);
  const { type } = location;
  if (type.kind !== 'struct' && type.kind !== 'union') return '';
  const name = type.tag ?? type.typedef ?? '';
  const special = RECORDS[name]?.(view, location, origin);
  if (special !== undefined) return special;
  const parts: string[] = [];
  for (const field of type.fields ?? []) {
    if (parts.length === 3) {
      parts.push('…');
      break;
    }
    if (field.name === undefined) continue;
    const inner = memberLocation(location, field.name);
    const value = inner && view.read(unwrapCounter(inner));
    if (inner === undefined || value === undefined) continue;
    parts.push(
      `${field.name} = ${formatScalar(view, unwrapCounter(inner).type, value, format, { record: name, field: field.name })}`,
    );
  }
  return `{${parts.join(', ')}}`;
}
function formatCounter(view: View, counter: TypedLocation, format: Format, origin: Origin): string {
  const value = view.read(counter);
  if (value === undefined) return 'not mapped';
  const text = formatScalar(view, counter.type, value, format, origin);
  if (format !== 'natural' || origin.record !== 'page') return text;
  if (origin.field === '_mapcount') {
    if (value === -1n) return '-1 (not mapped by user space)';
    return value < -1n ? `${value} (page_type ${formatPageType(view, value)})` : text;
  }
  return origin.field === '_refcount' && value === 0n ? '0 (free, or a tail page)' : text;
}
const RECORDS: Readonly<Record<string, (view: View, location: TypedLocation, origin: Origin) => string | undefined>> = {
  list_head: (view, location, origin) => {
    const links = linksText(view, location, origin);
    if (links !== undefined) return links;
    const count = listLength(view, location.address);
    if (count === undefined) return 'not a list';
    if (count === 0) return 'empty';
    return isPageList(origin) ? countOf(count, 'block') : countOf(count, 'entry', 'entries');
  },
  spinlock: lockState,
  spinlock_t: lockState,
  raw_spinlock: lockState,
  raw_spinlock_t: lockState,
  mutex: (view, location) => ownerText(view, location),
  page: (view, location) => {
    const page = view.pageAt(location.address);
    return page?.offset === 0 ? pageText(view, page.pfn) : undefined;
  },
  free_area: freeAreaText,
  per_cpu_pages: (view, { address }) => {
    const [count, high, batch] = ['count', 'high', 'batch'].map((f) => view.number(address, 'per_cpu_pages', f) ?? 0);
    return `${count} of ${high} pages, batch ${batch}`;
  },
  zone: (view, location) => {
    const name = view.pointer(location.address, 'zone', 'name');
    return name === undefined ? undefined : view.cString(name);
  },
  ...ALLOCATOR_RECORDS,
  task_struct: (view, { address }) => {
    const state = view.taskState(address);
    return `${taskName(view, address)}${state === undefined ? '' : `, ${state}`}`;
  },
};
/** `free, order 3`, `_refcount 1, head`: one struct page in short, with its pfn and zone. */
function pageText(view: View, pfn: number): string {
  const { pages, zones } = view.kernel;
  const low = pages.flagsLow(pfn);
  const fields = decodeFlagFields(view.abi, low, pages.flagsHigh(pfn));
  const zone = zones.find((z) => z.node === fields.node && z.idx === fields.zone)?.name ?? `zone ${fields.zone}`;
  const parts = [`pfn 0x${pfn.toString(16)}`];
  if (pages.isBuddy(pfn)) parts.push(`free, order ${pages.getPrivate(pfn)}`);
  const count = pages.getRefcount(pfn);
  const flags = pages.pageFlags.names(low);
  if (count !== 0 || (!flags && parts.length === 1)) parts.push(`_refcount ${count}`);
  if (flags) parts.push(flags);
  return `${parts.join(', ')} · ${zone}`;
}
/** Free blocks of an order; the order is the place among the zone's. */
function freeAreaText(view: View, { address, type }: TypedLocation): string {
  const free = view.number(address, 'free_area', 'nr_free') ?? 0;
  const blocks = `${free} block${free === 1 ? '' : 's'}`;
  const at = view.kernel.zones
    .map((z) => (address - z.addr - view.layouts.offset('zone', 'free_area')) / byteSize(type))
    .find((order) => Number.isInteger(order) && order >= 0 && order < MAX_ORDER);
  return at === undefined ? blocks : `${blocks} of ${formatBytes(PAGE_SIZE * 2 ** at)}`;
}
/** A mutex by its owner, whose lowest bits are flags (kernel/locking/mutex.c, 6.1). */
function ownerText(view: View, { address }: TypedLocation): string | undefined {
  const location = view.field(address, 'mutex', 'owner');
  const bits = location && view.read({ ...location, type: location.type });
  if (bits === undefined) return undefined;
  const owner = BigInt.asUintN(view.abi.wordSize * 8, bits) & ~7n;
  if (owner === 0n) return 'unlocked';
  const task = view.addressOf(owner);
  return task !== undefined && view.mapped(task, 1) ? `locked by ${taskName(view, task)}` : 'locked';
}
/** `main (1)` */
const taskName = (view: View, task: number): string =>
  `${comm(view, task)} (${view.number(task, 'task_struct', 'pid')})`;

/** Members of the kernel's structures that are `__percpu` pointers: what they hold is not the address of an object. */
const PERCPU_FIELDS: Readonly<Record<string, readonly string[]>> = {
  zone: ['per_cpu_pageset', 'per_cpu_zonestats'],
  pglist_data: ['per_cpu_nodestats'],
  kmem_cache: ['cpu_slab', 'cpu_cache'],
};
/** Whether a pointer is a per-CPU one: by its type, a member that is known to be, or the address of a per-CPU variable of the scenario. */
export function isPerCpu(view: View, { space }: PointerType, bits: bigint, { record, field }: Origin): boolean {
  if (bits === 0n) return false;
  if (space === '__percpu') return true;
  if (record && field && PERCPU_FIELDS[record]?.includes(field)) return true;
  return view.program.globals.some((g) => {
    const symbol = view.kernel.symbols.lookup(g.name);
    return symbol?.percpu === true && toBits(view.abi, symbol.va) === bits;
  });
}
const perCpuText = (view: View, type: PointerType, bits: bigint, origin: Origin): string | undefined =>
  isPerCpu(view, type, bits, origin) ? `${view.hexBits(bits)} __percpu: each CPU has its own` : undefined;
/** A list_head that is an entry rather than a head: its neighbours; for one taken off its list, the values of its pointers. */
function linksText(view: View, location: TypedLocation, origin: Origin): string | undefined {
  const next = view.bits(location.address, view.abi.wordSize);
  const prev = view.bits(location.address + view.abi.wordSize, view.abi.wordSize);
  if (next === undefined || prev === undefined) return undefined;
  if (next === 0n && prev === 0n) return 'not initialised (zero)';
  // list_del() poisons both; an allocated page's lru.next is then set to NULL (clear_page_pfmemalloc), list_del_rcu() poisons prev alone
  if (isListPoison(view, next) || isListPoison(view, prev))
    return `taken off its list (next ${linkText(view, next)}, prev ${linkText(view, prev)})`;
  if (origin.record !== 'page' || next === toBits(view.abi, location.address)) return undefined;
  return `between ${linkText(view, prev)} and ${linkText(view, next)}`;
}
const isListPoison = (view: View, bits: bigint): boolean =>
  specialPointer(view, bits)?.startsWith('LIST_POISON') ?? false;
const linkText = (view: View, bits: bigint): string =>
  bits === 0n ? 'NULL' : (specialPointer(view, bits) ?? describeAddress(view, bits) ?? view.hexBits(bits));
function lockState(view: View, location: TypedLocation): string | undefined {
  const word = view.bits(location.address, 4);
  return word === undefined ? undefined : word === 0n ? 'unlocked' : 'locked';
}
/** Name of a task: task_struct.comm. */
export function comm(view: View, task: number): string {
  const location = view.field(task, 'task_struct', 'comm');
  return (location && view.cString(location.address, 16)) ?? '?';
}
/** Entries of a list that are counted; longer ones are "more than". Looking at an entry materialises the frame it lies in. */
const LIST_LIMIT = 4096;

/** Entries of a list, not counting its head, `limit` at most; undefined if it is not a list: a pointer is not mapped. */
export function listLength(view: View, head: number, limit = LIST_LIMIT): number | undefined {
  const first = nextOf(view, head);
  if (first === undefined || nextOf(view, first) === undefined) return undefined;
  let count = 0;
  for (const _ of listEntries(view, head)) if (++count >= limit) break;
  return count;
}
/** `3 blocks`, `more than 4096 blocks` */
const countOf = (count: number, thing: string, things = `${thing}s`): string =>
  `${count >= LIST_LIMIT ? 'more than ' : ''}${count} ${count === 1 ? thing : things}`;
/** Addresses of the list_heads on a list, in order. Ends at a pointer that is not mapped. */
export function* listEntries(view: View, head: number): Generator<number> {
  let at = nextOf(view, head);
  for (let guard = 0; at !== undefined && at !== head && guard < 1 << 22; guard++) {
    const next = nextOf(view, at);
    if (next === undefined) return;
    yield at;
    at = next;
  }
}
function nextOf(view: View, entry: number): number | undefined {
  const { space, abi } = view;
  if (space.translate(entry) < 0 || space.translate(entry + abi.wordSize - 1) < 0) return undefined;
  return abi.wordSize === 8 ? space.readS64Number(entry) : space.read32(entry);
}

function formatAs(type: CType, value: bigint, format: Format): string {
  const width = type.kind === 'int' || type.kind === 'enum' || type.kind === 'pointer' ? type.size * 8 : 64;
  const bits = BigInt.asUintN(width, value);
  switch (format) {
    case 'hex':
      return `0x${bits.toString(16)}`;
    case 'octal':
      return `0${bits.toString(8)}`;
    case 'binary':
      return `0b${bits.toString(2)}`;
    case 'char':
      return formatChar(bits & 0xffn);
    default:
      return String(value);
  }
}
function formatChar(value: bigint): string {
  const code = Number(BigInt.asUintN(8, value));
  const shown = code >= 0x20 && code < 0x7f && code !== 0x27 && code !== 0x5c;
  const names: Record<number, string> = { 0: '\\0', 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };
  return `${value} '${shown ? String.fromCharCode(code) : (names[code] ?? `\\x${code.toString(16).padStart(2, '0')}`)}'`;
}
const hex = (value: bigint): string => `0x${value.toString(16)}`;
