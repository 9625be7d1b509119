/** What is on the kernel's lists and in its trees: by variable, or by structure and member of the head, the entries' structure and link. */
import type { Linked } from '../profile';

const of = (record: string, member: string): Linked => ({ record, member });

export const kernelLists: Readonly<Record<string, Linked>> = {
  slab_caches: of('kmem_cache', 'list'),
  'kmem_cache_node.partial': of('slab', 'slab_list'),
  'kmem_cache_node.full': of('slab', 'slab_list'),
  'kmem_cache_node.slabs_partial': of('slab', 'slab_list'),
  'kmem_cache_node.slabs_full': of('slab', 'slab_list'),
  'kmem_cache_node.slabs_free': of('slab', 'slab_list'),
  free_slob_small: of('slab', 'slab_list'),
  free_slob_medium: of('slab', 'slab_list'),
  free_slob_large: of('slab', 'slab_list'),
  vmap_area_list: of('vmap_area', 'list'),
  free_vmap_area_list: of('vmap_area', 'list'),
  purge_vmap_area_list: of('vmap_area', 'list'),
  'wait_queue_head.head': of('wait_queue_entry', 'entry'),
};
/** struct rb_root: the entries' structure, and the member that is their node. */
export const kernelTrees: Readonly<Record<string, Linked>> = {
  vmap_area_root: of('vmap_area', 'rb_node'),
  free_vmap_area_root: of('vmap_area', 'rb_node'),
  purge_vmap_area_root: of('vmap_area', 'rb_node'),
};
