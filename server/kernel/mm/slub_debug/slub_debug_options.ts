/** The parameter slub_debug= of the kernel's command line (mm/slub.c: setup_slub_debug, parse_slub_debug_flags, kmem_cache_flags, 6.1). */
import {
  SLAB_CONSISTENCY_CHECKS,
  SLAB_FAILSLAB,
  SLAB_NO_USER_FLAGS,
  SLAB_NOLEAKTRACE,
  SLAB_POISON,
  SLAB_RED_ZONE,
  SLAB_STORE_USER,
  SLAB_TRACE,
} from '../../../profiles/slabFlags';

const LETTERS: Readonly<Record<string, number>> = {
  f: SLAB_CONSISTENCY_CHECKS,
  z: SLAB_RED_ZONE,
  p: SLAB_POISON,
  u: SLAB_STORE_USER,
  t: SLAB_TRACE,
  a: SLAB_FAILSLAB,
};
/** DEBUG_DEFAULT_FLAGS: what `slub_debug` alone switches on */
const DEFAULT_FLAGS = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;

/** Flags for caches: of all, and of those whose names are listed. */
export interface SlubDebugOptions {
  readonly all: number;
  readonly named: readonly { readonly flags: number; readonly names: readonly string[] }[];
}

/** @param text what stands behind `slub_debug=`; '' without a value, undefined where it is not given: `FZ`, `,dentry`, `U,kmalloc-*;P,things` */
export function slubDebugOptions(text: string | undefined): SlubDebugOptions {
  if (text === undefined) return { all: 0, named: [] };
  if (text === '') return { all: DEFAULT_FLAGS, named: [] };
  let all = 0;
  const named: { flags: number; names: readonly string[] }[] = [];
  for (const block of text.split(';')) {
    const [letters = '', ...names] = block.split(',');
    const flags = letters === '' ? DEFAULT_FLAGS : flagsOf(letters);
    if (names.length === 0) all = flags;
    else named.push({ flags, names: names.map((name) => name.trim()) });
  }
  return { all, named };
}
function flagsOf(letters: string): number {
  let flags = 0;
  // '-' switches all off, 'O' is about orders
  for (const letter of letters.toLowerCase()) flags |= LETTERS[letter] ?? 0;
  return flags;
}

/** kmem_cache_flags: the flags of a new cache, with what the command line adds. */
export function withDebugFlags({ all, named }: SlubDebugOptions, flags: number, name: string): number {
  if (flags & SLAB_NO_USER_FLAGS) return flags;
  const own = named.find(({ names }) => names.some((pattern) => matches(pattern, name)));
  // a cache of a checker itself has no call traces
  const common = flags & SLAB_NOLEAKTRACE ? all & ~SLAB_STORE_USER : all;
  return flags | (own ? own.flags : common);
}
/** A name, or the start of one before `*`. */
const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
