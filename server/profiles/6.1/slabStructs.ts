/**
 * Structures of the slab allocators that Debian's kernels, which have SLUB, do not: include/linux/slab_def.h, mm/slab.h, mm/slab.c and
 * mm/slob.c, 6.1, with CONFIG_SLAB_FREELIST_RANDOM, CONFIG_HARDENED_USERCOPY and CONFIG_MEMCG as Debian sets them. The ABI lays them out.
 */
import type { Abi, Arch } from '../../types/ctype';
import type { Members, OwnStructs } from '../../types/layout';
import type { Allocator } from '../machineConfig';

/** MAX_NUMNODES */
export const maxNumnodes = (arch: Arch): number => (arch === 'x86_64' ? 1024 : 1);

/** struct slab lies over struct page: flags, reference count and memory cgroup stay where they are. */
const overPage = (own: Members): Members => [
  'unsigned long __page_flags',
  ...own,
  'atomic_t __page_refcount',
  'unsigned long memcg_data',
];

/** What no recording has of SLUB's own structures (mm/slub.c; mm/slab.h on i386). */
function slubStructs(arch: Arch): OwnStructs {
  const track = ['unsigned long addr', 'unsigned int handle', 'int cpu', 'int pid', 'unsigned long when'];
  if (arch === 'x86_64') return { track };
  return {
    track,
    kmem_cache_node: [
      'spinlock_t list_lock',
      'unsigned long nr_partial',
      'struct list_head partial',
      'atomic_long_t nr_slabs',
      'atomic_long_t total_objects',
      'struct list_head full',
    ],
  };
}

function slabStructs(arch: Arch): OwnStructs {
  return {
    array_cache: [
      'unsigned int avail',
      'unsigned int limit',
      'unsigned int batchcount',
      'unsigned int touched',
      'void *entry[]',
    ],
    alien_cache: ['spinlock_t lock', 'struct array_cache ac'],
    kmem_cache_node: [
      'spinlock_t list_lock',
      'struct list_head slabs_partial',
      'struct list_head slabs_full',
      'struct list_head slabs_free',
      'unsigned long total_slabs',
      'unsigned long free_slabs',
      'unsigned long free_objects',
      'unsigned int free_limit',
      'unsigned int colour_next',
      'struct array_cache *shared',
      'struct alien_cache **alien',
      'unsigned long next_reap',
      'int free_touched',
    ],
    kmem_cache: [
      'struct array_cache __percpu *cpu_cache',
      'unsigned int batchcount',
      'unsigned int limit',
      'unsigned int shared',
      'unsigned int size',
      'struct reciprocal_value reciprocal_buffer_size',
      'slab_flags_t flags',
      'unsigned int num',
      'unsigned int gfporder',
      'gfp_t allocflags',
      'size_t colour',
      'unsigned int colour_off',
      'unsigned int freelist_size',
      'void (*ctor)(void *obj)',
      'const char *name',
      'struct list_head list',
      'int refcount',
      'int object_size',
      'int align',
      'unsigned int *random_seq',
      'unsigned int useroffset',
      'unsigned int usersize',
      `struct kmem_cache_node *node[${maxNumnodes(arch)}]`,
    ],
    slab: overPage([
      ['struct list_head slab_list', 'struct callback_head callback_head'],
      'struct kmem_cache *slab_cache',
      'void *freelist',
      'void *s_mem',
      'unsigned int active',
    ]),
    kmem_cache_cpu: undefined,
    kmem_cache_order_objects: undefined,
  };
}

const slobStructs: OwnStructs = {
  kmem_cache: [
    'unsigned int object_size',
    'unsigned int size',
    'unsigned int align',
    'slab_flags_t flags',
    'unsigned int useroffset',
    'unsigned int usersize',
    'const char *name',
    'int refcount',
    'void (*ctor)(void *)',
    'struct list_head list',
  ],
  slab: overPage([
    'struct list_head slab_list',
    'void *__unused_1',
    'void *freelist',
    'long units',
    'unsigned int __unused_2',
  ]),
  slob_block: ['short units'],
  slob_rcu: ['struct callback_head head', 'int size'],
  kmem_cache_node: undefined,
  kmem_cache_cpu: undefined,
  kmem_cache_order_objects: undefined,
};

/** What a machine with `allocator` has instead of SLUB's structures, which are recorded. */
export function allocatorStructs(allocator: Allocator, { arch }: Abi): OwnStructs {
  return { slub: slubStructs(arch), slab: slabStructs(arch), slob: slobStructs }[allocator];
}
