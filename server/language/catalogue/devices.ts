// biome-ignore-all format: a table, one row per entry
/**
 * Devices, DMA, I/O, user memory, containers: functions that drivers use around memory, 6.1. The linter knows it; running it is for a later
 * version of kmem.
 */
import type { ApiEntry } from './form/entry';
import { byGfp, contexts, declares, follows, freed, frees, gives, givesHandle, inDirectMap, inNmi, keeps, keepsAnyhow, known, knownMacro, loops, macro, mustCheck, needs, runs, since, sleeping, sleepsByGfp, spinsInside, takesIfZero, until, userAccess, writes } from './form/make';

const DMA = 'kernel/dma/mapping.c';
const DEVRES = 'drivers/base/devres.c';
const UACCESS = 'include/linux/uaccess.h';
const IO = 'include/asm-generic/io.h';
const XA = 'lib/xarray.c';
const IDR = 'lib/idr.c';
const mayFail = { result: 'may be NULL' } as const;
const error = { result: 'error code' } as const;
const errPtr = { result: 'may be ERR_PTR' } as const;
const detach = freed('devm_kfree', 'by itself when the device is detached; never kfree()');
const directMap = needs('the address is in the direct map: not vmalloc, not kmap, not the stack');
const faults = needs('a task with user memory, no spinlock held; or pagefault_disable() and the _inatomic form');
const dmaHeader = { header: 'linux/dma-mapping.h' };

export const devices = {
  copy_from_user: known(UACCESS, 'unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)', 'Copies from user memory; may fault pages in. Returns how many bytes could not be copied: 0 is success.', sleeping, faults, userAccess, writes(0), mustCheck),
  copy_to_user: known(UACCESS, 'unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)', 'Copies to user memory; may fault pages in. Returns how many bytes could not be copied.', sleeping, faults, userAccess, mustCheck),
  __copy_from_user_inatomic: known(UACCESS, 'unsigned long __copy_from_user_inatomic(void *to, const void __user *from, unsigned long n)', 'copy_from_user() that gives up instead of faulting, under pagefault_disable().', writes(0), mustCheck),
  __copy_to_user_inatomic: known(UACCESS, 'unsigned long __copy_to_user_inatomic(void __user *to, const void *from, unsigned long n)', 'copy_to_user() that gives up instead of faulting, under pagefault_disable().', mustCheck),
  copy_from_user_nofault: known('mm/maccess.c', 'long copy_from_user_nofault(void *dst, const void __user *src, size_t size)', 'copy_from_user() that gives up instead of faulting.', error, since('5.8'), writes(0), mustCheck),
  copy_from_kernel_nofault: known('mm/maccess.c', 'long copy_from_kernel_nofault(void *dst, const void *src, size_t size)', 'Reads kernel memory that may not be mapped.', inNmi, error, since('5.8'), mustCheck),
  clear_user: known(UACCESS, 'unsigned long clear_user(void __user *to, unsigned long n)', 'Fills user memory with zeros; returns how many bytes could not be.', sleeping, userAccess, mustCheck),
  get_user: knownMacro(UACCESS, 'get_user(x, ptr)', 'Reads a simple value from user memory into x; 0 or -EFAULT.', sleeping, error, userAccess),
  put_user: knownMacro(UACCESS, 'put_user(x, ptr)', 'Writes a simple value to user memory; 0 or -EFAULT.', sleeping, error, userAccess),
  access_ok: knownMacro(UACCESS, 'access_ok(addr, size)', 'True if this range is in user space.'),
  strncpy_from_user: known('lib/strncpy_from_user.c', 'long strncpy_from_user(char *dst, const char __user *src, long count)', 'Copies a string from user memory; its length, or -EFAULT.', sleeping, userAccess, writes(0)),

  dma_alloc_coherent: known('include/linux/dma-mapping.h', 'void *dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t *dma_handle, gfp_t gfp)', 'Memory that CPU and device see alike; its address for the device goes to *dma_handle.', byGfp(3), dmaHeader, freed('dma_free_coherent', 'with the same device and size'), gives('coherent DMA', { size: 1 })),
  dma_free_coherent: known('include/linux/dma-mapping.h', 'void dma_free_coherent(struct device *dev, size_t size, void *cpu_addr, dma_addr_t dma_handle)', 'Frees coherent memory. Warns with interrupts off: it may have to unmap.', { sleeps: 'may', sleepsNote: 'where it has to unmap', contexts: contexts('yyyynnyn') }, dmaHeader, frees(2, 'coherent DMA'), spinsInside),
  dma_map_single: known('include/linux/dma-mapping.h', 'dma_addr_t dma_map_single(struct device *dev, void *ptr, size_t size, enum dma_data_direction dir)', 'Gives a buffer to the device; it is the device’s until it is unmapped. Check with dma_mapping_error().', freed('dma_unmap_single', 'with the same size and direction'), directMap, keeps(1), inDirectMap(1)),
  dma_unmap_single: known('include/linux/dma-mapping.h', 'void dma_unmap_single(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)', 'Takes a buffer back from the device.'),
  dma_map_page: known('include/linux/dma-mapping.h', 'dma_addr_t dma_map_page(struct device *dev, struct page *page, size_t offset, size_t size, enum dma_data_direction dir)', 'Gives part of a page to the device.', freed('dma_unmap_page'), keeps(1)),
  dma_unmap_page: known('include/linux/dma-mapping.h', 'void dma_unmap_page(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)', 'Takes part of a page back from the device.'),
  dma_mapping_error: known('include/linux/dma-mapping.h', 'int dma_mapping_error(struct device *dev, dma_addr_t dma_addr)', 'True if a mapping failed.'),
  dma_sync_single_for_cpu: known(DMA, 'void dma_sync_single_for_cpu(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)', 'Lets the CPU look at a mapped buffer.'),
  dma_sync_single_for_device: known(DMA, 'void dma_sync_single_for_device(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)', 'Gives a mapped buffer back to the device.'),
  dma_set_mask_and_coherent: known('include/linux/dma-mapping.h', 'int dma_set_mask_and_coherent(struct device *dev, u64 mask)', 'Says which addresses the device reaches.', error),
  dmam_pool_create: known('mm/dmapool.c', 'struct dma_pool *dmam_pool_create(const char *name, struct device *dev, size_t size, size_t align, size_t allocation)', 'dma_pool_create() that is undone when the driver is detached.', sleeping, mayFail),
  dmam_alloc_coherent: known('kernel/dma/mapping.c', 'void *dmam_alloc_coherent(struct device *dev, size_t size, dma_addr_t *dma_handle, gfp_t gfp)', 'dma_alloc_coherent() that is undone when the driver is detached.', byGfp(3), writes(2)),
  dma_pool_create: known('mm/dmapool.c', 'struct dma_pool *dma_pool_create(const char *name, struct device *dev, size_t size, size_t align, size_t allocation)', 'A pool of small coherent blocks.', sleeping, mayFail, freed('dma_pool_destroy'), gives('DMA pool')),
  dma_pool_destroy: known('mm/dmapool.c', 'void dma_pool_destroy(struct dma_pool *pool)', 'Ends a pool whose blocks are all back.', sleeping, frees(0, 'DMA pool')),
  dma_pool_alloc: known('mm/dmapool.c', 'void *dma_pool_alloc(struct dma_pool *pool, gfp_t mem_flags, dma_addr_t *handle)', 'A block from a pool.', byGfp(1), freed('dma_pool_free'), gives('DMA pool block', { from: 0, zeroing: 'dma_pool_zalloc' }), follows(0)),
  dma_pool_zalloc: known('include/linux/dmapool.h', 'void *dma_pool_zalloc(struct dma_pool *pool, gfp_t mem_flags, dma_addr_t *handle)', 'A block of zeros from a pool.', byGfp(1), freed('dma_pool_free'), gives('DMA pool block', { from: 0 }), follows(0)),
  dma_pool_free: known('mm/dmapool.c', 'void dma_pool_free(struct dma_pool *pool, void *vaddr, dma_addr_t dma)', 'Gives a block back to its pool.', frees(1, 'DMA pool block', 0), spinsInside),

  devm_kmalloc: known(DEVRES, 'void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)', 'kmalloc() memory that is freed when the device is detached.', byGfp(2), detach, gives('devm', { managed: true, size: 1, array: 'devm_kmalloc_array', zeroing: 'devm_kzalloc' })),
  devm_kzalloc: known('include/linux/device.h', 'void *devm_kzalloc(struct device *dev, size_t size, gfp_t gfp)', 'Zeroed memory that is freed when the device is detached.', byGfp(2), detach, gives('devm', { managed: true, size: 1, array: 'devm_kcalloc' })),
  devm_kcalloc: known('include/linux/device.h', 'void *devm_kcalloc(struct device *dev, size_t n, size_t size, gfp_t flags)', 'A zeroed array that is freed when the device is detached.', byGfp(3), detach, gives('devm', { managed: true, size: 2, count: 1 })),
  devm_kmalloc_array: known('include/linux/device.h', 'void *devm_kmalloc_array(struct device *dev, size_t n, size_t size, gfp_t flags)', 'An array that is freed when the device is detached.', byGfp(3), detach, gives('devm', { managed: true, size: 2, count: 1, zeroing: 'devm_kcalloc' })),
  devm_kstrdup: known(DEVRES, 'char *devm_kstrdup(struct device *dev, const char *s, gfp_t gfp)', 'A string that is freed when the device is detached.', byGfp(2), detach, gives('devm', { managed: true })),
  devm_kmemdup: known(DEVRES, 'void *devm_kmemdup(struct device *dev, const void *src, size_t len, gfp_t gfp)', 'A copy that is freed when the device is detached.', byGfp(3), detach, gives('devm', { managed: true })),
  devm_kfree: known(DEVRES, 'void devm_kfree(struct device *dev, const void *p)', 'Frees devm memory early.', frees(1, 'devm'), spinsInside),
  devm_request_irq: known('include/linux/interrupt.h', 'int devm_request_irq(struct device *dev, unsigned int irq, irq_handler_t handler, unsigned long irqflags, const char *devname, void *dev_id)', 'request_irq() that ends when the device is detached.', sleeping, error, { registers: [{ arg: 2, context: 'hardirq', of: { arg: 1, by: 'value', passed: 5 } }] }, keeps(5), mustCheck),
  devm_request_threaded_irq: known('kernel/irq/devres.c', 'int devm_request_threaded_irq(struct device *dev, unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn, unsigned long irqflags, const char *devname, void *dev_id)', 'request_threaded_irq() that ends when the device is detached.', sleeping, error, { registers: [{ arg: 2, context: 'hardirq', of: { arg: 1, by: 'value', passed: 6 } }, { arg: 3, context: 'task', of: { arg: 1, by: 'value', passed: 6 } }] }, keeps(6), mustCheck),
  devm_ioremap: known('lib/devres.c', 'void __iomem *devm_ioremap(struct device *dev, resource_size_t offset, resource_size_t size)', 'ioremap() that ends when the device is detached.', sleeping, mayFail, gives('devm', { managed: true })),
  devm_ioremap_resource: known('lib/devres.c', 'void __iomem *devm_ioremap_resource(struct device *dev, const struct resource *res)', 'Requests and maps a resource until the device is detached.', sleeping, givesHandle, gives('devm', { managed: true })),
  devm_platform_ioremap_resource: known('drivers/base/platform.c', 'void __iomem *devm_platform_ioremap_resource(struct platform_device *pdev, unsigned int index)', 'Maps a platform device’s n-th memory resource.', sleeping, givesHandle, gives('devm', { managed: true })),
  devm_add_action_or_reset: known('include/linux/device.h', 'int devm_add_action_or_reset(struct device *dev, void (*action)(void *data), void *data)', 'Calls action(data) when the device is detached.', sleeping, error, { registers: [{ arg: 1, context: 'task' }] }, keepsAnyhow(2)),
  dev_get_drvdata: known('include/linux/device.h', 'void *dev_get_drvdata(const struct device *dev)', 'The driver’s own data.', inNmi),
  dev_set_drvdata: known('include/linux/device.h', 'void dev_set_drvdata(struct device *dev, void *data)', 'Stores the driver’s own data.', keeps(1)),
  platform_get_drvdata: known('include/linux/platform_device.h', 'void *platform_get_drvdata(const struct platform_device *pdev)', 'The driver’s own data.', inNmi),
  platform_set_drvdata: known('include/linux/platform_device.h', 'void platform_set_drvdata(struct platform_device *pdev, void *data)', 'Stores the driver’s own data.', keeps(1)),
  platform_get_irq: known('drivers/base/platform.c', 'int platform_get_irq(struct platform_device *dev, unsigned int num)', 'The device’s n-th interrupt line, or a negative errno.', sleeping, error),

  readl: runs(IO, 'u32 readl(const volatile void __iomem *addr)', 'Reads a 32-bit device register.', inNmi),
  readw: runs(IO, 'u16 readw(const volatile void __iomem *addr)', 'Reads a 16-bit device register.', inNmi),
  readb: runs(IO, 'u8 readb(const volatile void __iomem *addr)', 'Reads an 8-bit device register.', inNmi),
  readq: runs(IO, 'u64 readq(const volatile void __iomem *addr)', 'Reads a 64-bit device register.', inNmi),
  writel: runs(IO, 'void writel(u32 value, volatile void __iomem *addr)', 'Writes a 32-bit device register.', inNmi),
  writew: runs(IO, 'void writew(u16 value, volatile void __iomem *addr)', 'Writes a 16-bit device register.', inNmi),
  writeb: runs(IO, 'void writeb(u8 value, volatile void __iomem *addr)', 'Writes an 8-bit device register.', inNmi),
  writeq: runs(IO, 'void writeq(u64 value, volatile void __iomem *addr)', 'Writes a 64-bit device register.', inNmi),
  readl_relaxed: runs(IO, 'u32 readl_relaxed(const volatile void __iomem *addr)', 'readl() without ordering against memory.', inNmi),
  writel_relaxed: runs(IO, 'void writel_relaxed(u32 value, volatile void __iomem *addr)', 'writel() without ordering against memory.', inNmi),
  ioread32: runs('lib/iomap.c', 'unsigned int ioread32(const void __iomem *addr)', 'Reads a 32-bit register of memory or ports.', inNmi),
  iowrite32: runs('lib/iomap.c', 'void iowrite32(u32 value, void __iomem *addr)', 'Writes a 32-bit register of memory or ports.', inNmi),
  readb_relaxed: macro(IO, 'readb_relaxed(addr)', 'readb() without ordering against memory.', inNmi),
  writeb_relaxed: macro(IO, 'writeb_relaxed(value, addr)', 'writeb() without ordering against memory.', inNmi),
  readw_relaxed: macro(IO, 'readw_relaxed(addr)', 'readw() without ordering against memory.', inNmi),
  writew_relaxed: macro(IO, 'writew_relaxed(value, addr)', 'writew() without ordering against memory.', inNmi),
  readq_relaxed: macro(IO, 'readq_relaxed(addr)', 'readq() without ordering against memory.', inNmi),
  writeq_relaxed: macro(IO, 'writeq_relaxed(value, addr)', 'writeq() without ordering against memory.', inNmi),
  ioread8: macro(IO, 'ioread8(addr)', 'Reads a register of 8 bits, of memory or ports.', inNmi),
  iowrite8: macro(IO, 'iowrite8(value, addr)', 'Writes a register of 8 bits, of memory or ports.', inNmi),
  ioread16: macro(IO, 'ioread16(addr)', 'Reads a register of 16 bits, of memory or ports.', inNmi),
  iowrite16: macro(IO, 'iowrite16(value, addr)', 'Writes a register of 16 bits, of memory or ports.', inNmi),
  memcpy_fromio: known(IO, 'void memcpy_fromio(void *to, const volatile void __iomem *from, size_t n)', 'Copies from device memory.', inNmi, writes(0)),
  memcpy_toio: known(IO, 'void memcpy_toio(volatile void __iomem *to, const void *from, size_t n)', 'Copies to device memory.', inNmi, writes(0)),
  readl_poll_timeout: knownMacro('include/linux/iopoll.h', 'readl_poll_timeout(addr, val, cond, sleep_us, timeout_us)', 'Reads a register until cond holds or the time is over; sleeps sleep_us in between, spins if that is 0.', { sleeps: 'may', sleepsNote: 'unless sleep_us is 0', result: 'error code' }, { sleepsIf: { arg: 3 } }),
  read_poll_timeout: knownMacro('include/linux/iopoll.h', 'read_poll_timeout(op, val, cond, sleep_us, timeout_us, sleep_before_read, ...)', 'Calls op until cond holds or the time is over; sleeps sleep_us in between, spins if that is 0.', { sleeps: 'may', sleepsNote: 'unless sleep_us is 0', result: 'error code' }, since('5.7'), { sleepsIf: { arg: 3 } }),
  readl_poll_timeout_atomic: knownMacro('include/linux/iopoll.h', 'readl_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us)', 'The same, spinning.', error),
  read_poll_timeout_atomic: knownMacro('include/linux/iopoll.h', 'read_poll_timeout_atomic(op, val, cond, delay_us, timeout_us, delay_before_read, ...)', 'The same, spinning.', error, since('5.8')),

  sg_dma_address: macro('include/linux/scatterlist.h', 'sg_dma_address(sg)', 'The device’s address of an entry, after dma_map_sg().', inNmi),
  sg_dma_len: macro('include/linux/scatterlist.h', 'sg_dma_len(sg)', 'Its bytes, after dma_map_sg().', inNmi),
  sg_page: macro('include/linux/scatterlist.h', 'sg_page(sg)', 'The page of an entry.', inNmi),
  sg_virt: macro('include/linux/scatterlist.h', 'sg_virt(sg)', 'The kernel’s address of an entry.', inNmi),
  sg_phys: macro('include/linux/scatterlist.h', 'sg_phys(sg)', 'The physical address of an entry.', inNmi),
  for_each_sg: macro('include/linux/scatterlist.h', 'for_each_sg(sglist, sg, nr, i)', 'Loop over nr entries of a scatterlist.', loops),
  for_each_sgtable_sg: macro('include/linux/scatterlist.h', 'for_each_sgtable_sg(sgt, sg, i)', 'Loop over the entries of a table.', loops),

  xa_init: known('include/linux/xarray.h', 'void xa_init(struct xarray *xa)', 'Makes an XArray usable.'),
  xa_init_flags: known('include/linux/xarray.h', 'void xa_init_flags(struct xarray *xa, gfp_t flags)', 'Makes an XArray usable, with XA_FLAGS_ flags.'),
  DEFINE_XARRAY: macro('include/linux/xarray.h', 'DEFINE_XARRAY(name)', 'Defines an empty XArray.', declares),
  DEFINE_XARRAY_ALLOC: macro('include/linux/xarray.h', 'DEFINE_XARRAY_ALLOC(name)', 'Defines an empty XArray that gives out indices.', declares),
  xa_load: known(XA, 'void *xa_load(struct xarray *xa, unsigned long index)', 'The entry at an index, or NULL.', mayFail),
  xa_store: known(XA, 'void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)', 'Stores an entry; returns the old one, or an error that xa_err() reads.', sleepsByGfp(3), keeps(2)),
  xa_erase: known(XA, 'void *xa_erase(struct xarray *xa, unsigned long index)', 'Removes an entry and returns it.'),
  xa_insert: known('include/linux/xarray.h', 'int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)', 'Stores an entry where there is none; -EBUSY if there is.', sleepsByGfp(3), error, keeps(2), mustCheck),
  xa_alloc: known('include/linux/xarray.h', 'int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)', 'Stores an entry at a free index and returns it in *id.', sleepsByGfp(4), error, keeps(2), writes(1), mustCheck),
  xa_find: known(XA, 'void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)', 'The next entry from *index on.', mayFail, writes(1)),
  xa_destroy: known(XA, 'void xa_destroy(struct xarray *xa)', 'Frees the array’s own memory, not the entries.'),
  xa_empty: known('include/linux/xarray.h', 'bool xa_empty(const struct xarray *xa)', 'True if it has no entries.', inNmi),
  xa_err: known('include/linux/xarray.h', 'int xa_err(void *entry)', 'The errno in what xa_store() returned; 0 if it did not fail.', inNmi),
  xa_is_err: known('include/linux/xarray.h', 'bool xa_is_err(const void *entry)', 'True if it is an error.', inNmi),
  xa_lock: known('include/linux/xarray.h', 'void xa_lock(struct xarray *xa)', 'Takes the array’s spinlock.', { effects: [{ on: 'lock', op: 'acquire', lock: 'spin', arg: 0 }] }, freed('xa_unlock')),
  xa_unlock: known('include/linux/xarray.h', 'void xa_unlock(struct xarray *xa)', 'Releases the array’s spinlock.', { effects: [{ on: 'lock', op: 'release', lock: 'spin', arg: 0 }] }),
  xa_for_each: macro('include/linux/xarray.h', 'xa_for_each(xa, index, entry)', 'Loop over the entries.', loops),

  idr_init: known('include/linux/idr.h', 'void idr_init(struct idr *idr)', 'Makes an IDR usable.'),
  DEFINE_IDR: macro('include/linux/idr.h', 'DEFINE_IDR(name)', 'Defines an empty IDR.', declares),
  idr_alloc: known(IDR, 'int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)', 'Gives ptr a free number in [start, end); -ENOMEM or -ENOSPC.', sleepsByGfp(4), error, freed('idr_remove'), keeps(1)),
  idr_alloc_cyclic: known(IDR, 'int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)', 'idr_alloc() that continues from the last number.', sleepsByGfp(4), error, freed('idr_remove'), keeps(1)),
  idr_find: known(IDR, 'void *idr_find(const struct idr *idr, unsigned long id)', 'The pointer with this number, or NULL.', mayFail),
  idr_remove: known(IDR, 'void *idr_remove(struct idr *idr, unsigned long id)', 'Takes a number back; returns its pointer.'),
  idr_replace: known(IDR, 'void *idr_replace(struct idr *idr, void *ptr, unsigned long id)', 'Exchanges the pointer of a number; returns the old one.', errPtr, keeps(1)),
  idr_destroy: known('lib/radix-tree.c', 'void idr_destroy(struct idr *idr)', 'Frees the IDR’s own memory.'),
  idr_preload: known('lib/radix-tree.c', 'void idr_preload(gfp_t gfp_mask)', 'Sets memory aside for idr_alloc(GFP_NOWAIT), and returns with preemption off.', sleepsByGfp(0), { effects: [{ on: 'preempt', op: 'disable', onRt: 'lock' }] }, freed('idr_preload_end')),
  idr_preload_end: known('include/linux/idr.h', 'void idr_preload_end(void)', 'Ends idr_preload(): preemption on.', { effects: [{ on: 'preempt', op: 'enable', onRt: 'lock' }] }),
  radix_tree_preload: known('lib/radix-tree.c', 'int radix_tree_preload(gfp_t gfp_mask)', 'Sets memory aside for insertions, and returns with preemption off if it succeeds.', sleepsByGfp(0), { effects: [{ on: 'preempt', op: 'disable' }] }, error, freed('radix_tree_preload_end'), takesIfZero),
  radix_tree_preload_end: known('include/linux/radix-tree.h', 'void radix_tree_preload_end(void)', 'Ends radix_tree_preload(): preemption on.', { effects: [{ on: 'preempt', op: 'enable' }] }),
  idr_for_each_entry: macro('include/linux/idr.h', 'idr_for_each_entry(idr, entry, id)', 'Loop over the pointers of an IDR.', loops),
  ida_alloc: known('include/linux/idr.h', 'int ida_alloc(struct ida *ida, gfp_t gfp)', 'A free number, or a negative errno.', sleepsByGfp(1), error, since('4.19'), freed('ida_free')),
  ida_free: known(IDR, 'void ida_free(struct ida *ida, unsigned int id)', 'Takes a number back.', since('4.19')),
  register_shrinker: known('mm/vmscan.c', 'int register_shrinker(struct shrinker *shrinker, ...)', 'Registers a cache that reclaim may ask to give memory back. From 6.0 on a format for its name follows.', sleeping, error, freed('unregister_shrinker'), until('6.7'), keeps(0)),
  unregister_shrinker: known('mm/vmscan.c', 'void unregister_shrinker(struct shrinker *shrinker)', 'Ends register_shrinker().', sleeping, until('6.7')),
} as const satisfies Record<string, ApiEntry>;
