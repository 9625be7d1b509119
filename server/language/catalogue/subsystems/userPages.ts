// biome-ignore-all format: a table, one row per entry
/** Pages of user memory that a driver works with, firmware, and engines that copy by DMA, 6.1. The linter and the editor know them; they do not run. */
import type { ApiEntry } from '../form/entry';
import { follows, freed, givesHandle, known, macro, mustCheck, since, sleeping, writes } from '../form/make';

const GUP = 'mm/gup.c';
const DMAENGINE = 'include/linux/dmaengine.h';
const error = { result: 'error code' } as const;
const pinned = freed(['unpin_user_pages', 'unpin_user_page', 'unpin_user_pages_dirty_lock']);

export const userPages = {
  get_user_pages_fast: known(GUP, 'int get_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)', 'The pages of user memory, each with a reference; how many it got, fewer perhaps, or a negative errno.', sleeping, error, mustCheck, freed('put_page'), writes(3)),
  get_user_pages: known(GUP, 'long get_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, ...)', 'get_user_pages_fast() for who holds the mmap_lock. Before 6.5 a fifth argument takes the vmas; NULL if nobody wants them.', sleeping, error, mustCheck, freed('put_page'), writes(3), { optional: [3] }),
  pin_user_pages_fast: known(GUP, 'int pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)', 'The pages of user memory, for DMA: they are given back by unpin_user_pages(), not put_page(). How many it got, fewer perhaps, or a negative errno.', sleeping, error, mustCheck, since('5.6'), pinned, writes(3)),
  pin_user_pages: known(GUP, 'long pin_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, ...)', 'pin_user_pages_fast() for who holds the mmap_lock. Before 6.5 a fifth argument takes the vmas; NULL if nobody wants them.', sleeping, error, mustCheck, since('5.6'), pinned, writes(3)),
  unpin_user_page: known(GUP, 'void unpin_user_page(struct page *page)', 'Ends pin_user_pages() of one page.', since('5.6')),
  unpin_user_pages: known(GUP, 'void unpin_user_pages(struct page **pages, unsigned long npages)', 'Ends pin_user_pages().', since('5.6'), follows(0)),
  unpin_user_pages_dirty_lock: known(GUP, 'void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages, bool make_dirty)', 'Ends pin_user_pages() of pages that the device has written.', sleeping, since('5.6'), follows(0)),
  set_page_dirty_lock: known('mm/page-writeback.c', 'int set_page_dirty_lock(struct page *page)', 'Marks a page of user memory as written: before put_page(). Takes the page’s lock.', sleeping, follows(0)),
  vmf_insert_pfn: known('mm/memory.c', 'vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)', 'Maps a page frame into user memory, in fault().', sleeping),
  // firmware
  request_firmware: known('drivers/base/firmware_loader/main.c', 'int request_firmware(const struct firmware **firmware_p, const char *name, struct device *device)', 'Reads a file of firmware.', sleeping, error, freed('release_firmware'), writes(0)),
  release_firmware: known('drivers/base/firmware_loader/main.c', 'void release_firmware(const struct firmware *fw)', 'Frees what request_firmware() has read. NULL is ignored.', sleeping),
  // DMA engines
  dma_request_chan: known('drivers/dma/dmaengine.c', 'struct dma_chan *dma_request_chan(struct device *dev, const char *name)', 'A channel of a DMA engine.', sleeping, givesHandle, freed('dma_release_channel')),
  dma_release_channel: known('drivers/dma/dmaengine.c', 'void dma_release_channel(struct dma_chan *chan)', 'Ends dma_request_chan().', sleeping),
  dmaengine_slave_config: known(DMAENGINE, 'int dmaengine_slave_config(struct dma_chan *chan, struct dma_slave_config *config)', 'Tells a channel the device’s registers.', error),
  dmaengine_prep_slave_single: known(DMAENGINE, 'struct dma_async_tx_descriptor *dmaengine_prep_slave_single(struct dma_chan *chan, dma_addr_t buf, size_t len, enum dma_transfer_direction dir, unsigned long flags)', 'Makes a transfer of one buffer ready; NULL where it fails.', { result: 'may be NULL' }),
  dmaengine_prep_slave_sg: known(DMAENGINE, 'struct dma_async_tx_descriptor *dmaengine_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len, enum dma_transfer_direction dir, unsigned long flags)', 'Makes a transfer of a list of buffers ready; NULL where it fails.', { result: 'may be NULL' }),
  dmaengine_submit: known(DMAENGINE, 'dma_cookie_t dmaengine_submit(struct dma_async_tx_descriptor *desc)', 'Puts a transfer at the end of its channel’s queue.', follows(0)),
  dma_submit_error: macro(DMAENGINE, 'dma_submit_error(cookie)', 'True if dmaengine_submit() has failed.'),
  dma_async_issue_pending: known(DMAENGINE, 'void dma_async_issue_pending(struct dma_chan *chan)', 'Begins with the transfers of a channel.'),
  dmaengine_terminate_sync: known(DMAENGINE, 'int dmaengine_terminate_sync(struct dma_chan *chan)', 'Ends all transfers of a channel, and waits for callbacks that run.', sleeping, error),
  dmaengine_terminate_async: known(DMAENGINE, 'int dmaengine_terminate_async(struct dma_chan *chan)', 'Ends all transfers of a channel; a callback may still be running.', error),
} as const satisfies Record<string, ApiEntry>;
