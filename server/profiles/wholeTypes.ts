/** Types of the kernel whose values mean something only as a whole: a narrower variable loses what matters. */
export const WHOLE_TYPES: Readonly<Record<string, string>> = {
  gfp_t: 'an allocation mask',
  phys_addr_t: 'a physical address',
  dma_addr_t: 'a DMA address',
  resource_size_t: 'a physical address',
  slab_flags_t: 'the flags of a cache',
};
