/** kmalloc and what is built on it, over kernel/mm/slab/ and mm/util.ts. */
import { kmemdup, kmemdupNul, kstrdup, kstrndup, kvmallocNode } from '../../kernel/mm/util';
import type { Machine } from '../machine/machine';
import { type Implementations, inline, plain, wait } from './define';
import { vfree } from './vmallocCalls';

const slab = (m: Machine) => m.kernel.allocators.slab;
const kmallocs = (m: Machine) => m.kernel.allocators.slab.kmallocs;

/** size_mul of two size_t: `undefined` if the product is more than a size_t holds. */
function product(m: Machine, a: number, b: number): number | undefined {
  const bytes = BigInt(a) * BigInt(b);
  return bytes < 1n << BigInt(m.core.wordSize * 8) ? Number(bytes) : undefined;
}
function array(m: Machine, n: number, size: number, allocate: (bytes: number) => number): number {
  const bytes = product(m, n, size);
  return bytes === undefined ? 0 : allocate(bytes);
}
/** The strings and blocks that are copied are read as the caller reads them. */
const copying = (m: Machine) => ({
  space: m.core.space,
  kmalloc: (size: number, gfp: number) => kmallocs(m).kmalloc(size, gfp),
});

function kvmalloc(m: Machine, size: number, gfp: number, node = -1): number {
  const { vmalloc } = m.kernel.allocators;
  const sources = {
    gfp: m.kernel.gfp,
    caller: m.current,
    kmalloc: (bytes: number, mask: number, on: number) => kmallocs(m).kmalloc(bytes, mask, on),
    vmalloc: (bytes: number, mask: number, on: number) => vmalloc.forKvmalloc(bytes, mask, on),
  };
  return kvmallocNode(sources, size, gfp, node);
}
const kvzalloc = (m: Machine, size: number, gfp: number): number => kvmalloc(m, size, gfp | m.kernel.gfp.zero);
/** Grows an allocation; it never shrinks. */
function kvrealloc(m: Machine, p: number, oldsize: number, newsize: number, gfp: number): number {
  if (oldsize >= newsize) return p;
  const moved = kvmalloc(m, newsize, gfp);
  if (moved === 0) return 0;
  const { slab, vmalloc } = m.kernel.allocators;
  if (oldsize > 0) m.core.space.writeBytes(moved, m.core.space.readBytes(p, oldsize));
  if (vmalloc.isVmallocAddr(p)) vmalloc.freeing.vfree(p);
  else slab.kfree(p);
  return moved;
}

export const kmallocBuiltins = {
  kmalloc: plain((m, size, flags) => kmallocs(m).kmalloc(size, flags)),
  kzalloc: plain((m, size, flags) => kmallocs(m).kzalloc(size, flags)),
  kmalloc_node: plain((m, size, flags, node) => kmallocs(m).kmalloc(size, flags, node)),
  kzalloc_node: plain((m, size, flags, node) => kmallocs(m).kzalloc(size, flags, node)),
  kmalloc_array: plain((m, n, size, flags) => array(m, n, size, (bytes) => kmallocs(m).kmalloc(bytes, flags))),
  kcalloc: plain((m, n, size, flags) => array(m, n, size, (bytes) => kmallocs(m).kzalloc(bytes, flags))),
  krealloc: plain((m, p, new_size, flags) => kmallocs(m).krealloc(p, new_size, flags)),
  krealloc_array: plain((m, p, new_n, new_size, flags) =>
    array(m, new_n, new_size, (bytes) => kmallocs(m).krealloc(p, bytes, flags)),
  ),
  kfree: plain((m, objp) => slab(m).kfree(objp)),
  kfree_sensitive: plain((m, p) => kmallocs(m).kfreeSensitive(p)),
  ksize: plain((m, objp) => kmallocs(m).ksize(objp)),
  kmalloc_size_roundup: inline((m, size) => kmallocs(m).sizeRoundup(size)),
  kvmalloc: plain((m, size, flags) => kvmalloc(m, size, flags)),
  kvzalloc: plain((m, size, flags) => kvzalloc(m, size, flags)),
  kvmalloc_node: plain((m, size, flags, node) => kvmalloc(m, size, flags, node)),
  kvmalloc_array: plain((m, n, size, flags) => array(m, n, size, (bytes) => kvmalloc(m, bytes, flags))),
  kvcalloc: plain((m, n, size, flags) => array(m, n, size, (bytes) => kvzalloc(m, bytes, flags))),
  kvrealloc: plain((m, p, oldsize, newsize, flags) => kvrealloc(m, p, oldsize, newsize, flags)),
  kvfree: wait((m, scratch, addr) =>
    m.kernel.allocators.vmalloc.isVmallocAddr(addr) ? vfree(m, scratch, addr) : slab(m).kfree(addr),
  ),
  kmemdup: plain((m, src, len, gfp) => kmemdup(copying(m), src, len, gfp)),
  kmemdup_nul: plain((m, s, len, gfp) => kmemdupNul(copying(m), s, len, gfp)),
  kstrdup: plain((m, s, gfp) => kstrdup(copying(m), s, gfp)),
  kstrndup: plain((m, s, max, gfp) => kstrndup(copying(m), s, max, gfp)),
  // a scenario is a module: its strings are not in the kernel's own read-only data
  kstrdup_const: plain((m, s, gfp) => kstrdup(copying(m), s, gfp)),
  kfree_const: plain((m, x) => slab(m).kfree(x)),
  kasprintf: plain((m, gfp, fmt, ...args) => {
    const text = m.printf.formatBytes(m.core.string(fmt), args);
    const at = kmallocs(m).kmalloc(text.length + 1, gfp);
    if (at !== 0)
      m.core.space.writeBytes(
        at,
        Uint8Array.from(`${text}\0`, (c) => c.charCodeAt(0)),
      );
    return at;
  }),
} satisfies Partial<Implementations>;
