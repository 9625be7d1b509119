// biome-ignore-all format: a table, one row per entry
/**
 * Packet buffers as network drivers fill them, the queues of a network device, and where the memory comes from: page pools and page
 * fragments, 6.1. The linter and the editor know them; they do not run.
 */
import type { ApiEntry } from '../form/entry';
import { byGfp, contexts, type Detail, effects, follows, freed, frees, gives, inNmi, keeps, keepsAnyhow, known, macro, mustCheck, needs, since, sleeping, spinsInside, until } from '../form/make';

const SKB = 'net/core/skbuff.c';
const SKBH = 'include/linux/skbuff.h';
const NETDEV = 'include/linux/netdevice.h';
const NETCORE = 'net/core/dev.c';
const ALLOC = 'mm/page_alloc.c';
const POOL = 'net/core/page_pool.c';
const POOLH = 'include/net/page_pool.h';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
/** Not with interrupts off: it turns bottom halves on at its end. */
const irqsOn: Detail = { contexts: contexts('yyyynnyn') };
const aPacket: Detail = { ...mayFail, ...freed('kfree_skb'), ...gives('sk_buff') };
const fragment = (by: string): Detail => ({ ...mayFail, ...freed(by), ...gives('page fragment') });
const poolPage: Detail = { ...mayFail, ...freed('page_pool_put_full_page'), ...gives('page of a page pool', { from: 0 }) };
const putsPage: Detail = { ...frees(1, 'page of a page pool', 0), ...needs('the pool that the page comes from') };
const txLock = (op: 'acquire' | 'release') => ({ on: 'lock', lock: 'spin', op, arg: 0 }) as const;

export const packets = {
  // the data of a packet
  skb_shinfo: macro(SKBH, 'skb_shinfo(skb)', 'What stands behind a packet’s data: its fragments.', inNmi),
  skb_headlen: known(SKBH, 'unsigned int skb_headlen(const struct sk_buff *skb)', 'Bytes of a packet that are not in fragments.', inNmi, follows(0)),
  skb_tailroom: known(SKBH, 'int skb_tailroom(const struct sk_buff *skb)', 'Room behind a packet’s data.', inNmi, follows(0)),
  skb_headroom: known(SKBH, 'unsigned int skb_headroom(const struct sk_buff *skb)', 'Room in front of a packet’s data.', inNmi, follows(0)),
  skb_is_nonlinear: known(SKBH, 'bool skb_is_nonlinear(const struct sk_buff *skb)', 'True if a packet has fragments.', inNmi, follows(0)),
  skb_put_data: known(SKBH, 'void *skb_put_data(struct sk_buff *skb, const void *data, unsigned int len)', 'Copies data to the end of a packet.', inNmi, follows(0, 1)),
  skb_put_zero: known(SKBH, 'void *skb_put_zero(struct sk_buff *skb, unsigned int len)', 'Adds zeros to the end of a packet.', inNmi, follows(0)),
  skb_trim: known(SKB, 'void skb_trim(struct sk_buff *skb, unsigned int len)', 'Makes a packet shorter.', inNmi, follows(0)),
  skb_add_rx_frag: known(SKB, 'void skb_add_rx_frag(struct sk_buff *skb, int i, struct page *page, int off, int size, unsigned int truesize)', 'Adds a part of a page to a packet; the page is the packet’s from then on.', follows(0), keeps(2)),
  skb_frag_page: known(SKBH, 'struct page *skb_frag_page(const skb_frag_t *frag)', 'The page of a fragment.', inNmi),
  skb_frag_size: known(SKBH, 'unsigned int skb_frag_size(const skb_frag_t *frag)', 'Bytes of a fragment.', inNmi),
  skb_frag_off: known(SKBH, 'unsigned int skb_frag_off(const skb_frag_t *frag)', 'Where a fragment begins in its page.', inNmi),
  skb_frag_address: known(SKBH, 'void *skb_frag_address(const skb_frag_t *frag)', 'The address of a fragment.', inNmi),
  skb_frag_dma_map: known(SKBH, 'dma_addr_t skb_frag_dma_map(struct device *dev, const skb_frag_t *frag, size_t offset, size_t size, enum dma_data_direction dir)', 'Gives a fragment to the device; ask dma_mapping_error().', freed('dma_unmap_page')),
  skb_cow_head: known(SKBH, 'int skb_cow_head(struct sk_buff *skb, unsigned int headroom)', 'Makes so much room in front that may be written to.', error, follows(0)),
  skb_linearize: known(SKBH, 'int skb_linearize(struct sk_buff *skb)', 'Makes one piece of a packet; leaves it as it was where it fails.', error, follows(0)),
  skb_checksum_help: known(NETCORE, 'int skb_checksum_help(struct sk_buff *skb)', 'Computes a packet’s checksum.', error, follows(0)),
  skb_put_padto: known(SKBH, 'int skb_put_padto(struct sk_buff *skb, unsigned int len)', 'Makes a packet at least so long, and counts it; frees it where it fails.', error, mustCheck, keepsAnyhow(0)),
  eth_skb_pad: known('include/linux/etherdevice.h', 'int eth_skb_pad(struct sk_buff *skb)', 'skb_put_padto() to the shortest Ethernet frame.', error, keepsAnyhow(0)),
  pskb_may_pull: known(SKBH, 'bool pskb_may_pull(struct sk_buff *skb, unsigned int len)', 'Makes the first bytes one piece; false if there are fewer.', follows(0)),
  skb_copy_bits: known(SKB, 'int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)', 'Copies data out of a packet.', error, follows(0, 2)),
  skb_checksum_none_assert: known(SKBH, 'void skb_checksum_none_assert(const struct sk_buff *skb)', 'Says that the checksum has not been looked at.', inNmi),
  skb_tx_timestamp: known(SKBH, 'void skb_tx_timestamp(struct sk_buff *skb)', 'Notes when a packet is sent.', follows(0)),
  skb_get_queue_mapping: known(SKBH, 'u16 skb_get_queue_mapping(const struct sk_buff *skb)', 'The queue that a packet is sent on.', inNmi, follows(0)),
  skb_record_rx_queue: known(SKBH, 'void skb_record_rx_queue(struct sk_buff *skb, u16 rx_queue)', 'Notes the queue that a packet came on.', inNmi, follows(0)),
  skb_reset_mac_header: known(SKBH, 'void skb_reset_mac_header(struct sk_buff *skb)', 'The Ethernet header begins where the data does.', inNmi, follows(0)),
  skb_reset_network_header: known(SKBH, 'void skb_reset_network_header(struct sk_buff *skb)', 'The network header begins where the data does.', inNmi, follows(0)),
  skb_mark_for_recycle: known(SKBH, 'void skb_mark_for_recycle(struct sk_buff *skb)', 'A packet’s pages go back to their pool.', follows(0), since('5.15')),
  // packets
  build_skb: known(SKB, 'struct sk_buff *build_skb(void *data, unsigned int frag_size)', 'A packet around memory that the device has filled; the memory is still the caller’s where it fails.', aPacket, keeps(0)),
  napi_build_skb: known(SKB, 'struct sk_buff *napi_build_skb(void *data, unsigned int frag_size)', 'build_skb() for poll().', aPacket, since('5.12'), keeps(0)),
  kfree_skb_list: known(SKBH, 'void kfree_skb_list(struct sk_buff *segs)', 'Drops a chain of packets.', irqsOn, spinsInside, frees(0, 'sk_buff')),
  napi_consume_skb: known(SKB, 'void napi_consume_skb(struct sk_buff *skb, int budget)', 'Frees a packet that was sent, in poll(); with a budget of 0 in any context.', frees(0, 'sk_buff')),
  skb_dequeue_tail: known(SKB, 'struct sk_buff *skb_dequeue_tail(struct sk_buff_head *list)', 'Takes the last packet off a queue.', mayFail),
  skb_peek: known(SKBH, 'struct sk_buff *skb_peek(const struct sk_buff_head *list_)', 'The first packet of a queue, which stays there.', inNmi, mayFail),
  skb_unlink: known(SKB, 'void skb_unlink(struct sk_buff *skb, struct sk_buff_head *list)', 'Takes a packet off its queue.', follows(0)),
  __skb_queue_head_init: known(SKBH, 'void __skb_queue_head_init(struct sk_buff_head *list)', 'skb_queue_head_init() of a queue whose lock nobody uses.'),
  __skb_queue_purge: known(SKBH, 'void __skb_queue_purge(struct sk_buff_head *list)', 'skb_queue_purge() for callers that hold the lock of the queue.', irqsOn),
  // queues of a network device
  netdev_get_tx_queue: known(NETDEV, 'struct netdev_queue *netdev_get_tx_queue(const struct net_device *dev, unsigned int index)', 'One of the queues for sending.', inNmi),
  netif_tx_start_all_queues: known(NETDEV, 'void netif_tx_start_all_queues(struct net_device *dev)', 'netif_start_queue() for all queues.'),
  netif_tx_stop_all_queues: known(NETDEV, 'void netif_tx_stop_all_queues(struct net_device *dev)', 'netif_stop_queue() for all queues.'),
  netif_tx_wake_all_queues: known(NETDEV, 'void netif_tx_wake_all_queues(struct net_device *dev)', 'netif_wake_queue() for all queues.'),
  netif_tx_disable: known(NETDEV, 'void netif_tx_disable(struct net_device *dev)', 'Stops all queues, and waits until ndo_start_xmit() does not run.', irqsOn),
  netif_tx_stop_queue: known(NETDEV, 'void netif_tx_stop_queue(struct netdev_queue *dev_queue)', 'No packets come on this queue.'),
  netif_tx_start_queue: known(NETDEV, 'void netif_tx_start_queue(struct netdev_queue *dev_queue)', 'Lets packets come on this queue.'),
  netif_tx_wake_queue: known(NETCORE, 'void netif_tx_wake_queue(struct netdev_queue *dev_queue)', 'Packets come again on this queue.'),
  netif_tx_queue_stopped: known(NETDEV, 'bool netif_tx_queue_stopped(const struct netdev_queue *dev_queue)', 'True after netif_tx_stop_queue().', inNmi),
  netif_start_subqueue: known(NETDEV, 'void netif_start_subqueue(struct net_device *dev, u16 queue_index)', 'Lets packets come on one queue.'),
  netif_stop_subqueue: known(NETDEV, 'void netif_stop_subqueue(struct net_device *dev, u16 queue_index)', 'No packets come on one queue.'),
  netif_wake_subqueue: known(NETDEV, 'void netif_wake_subqueue(struct net_device *dev, u16 queue_index)', 'Packets come again on one queue.'),
  netif_tx_lock: known(NETDEV, 'void netif_tx_lock(struct net_device *dev)', 'Keeps ndo_start_xmit() from running, with bottom halves off already.', effects(txLock('acquire')), freed('netif_tx_unlock')),
  netif_tx_unlock: known(NETDEV, 'void netif_tx_unlock(struct net_device *dev)', 'Ends netif_tx_lock().', effects(txLock('release'))),
  netif_tx_lock_bh: known(NETDEV, 'void netif_tx_lock_bh(struct net_device *dev)', 'Keeps ndo_start_xmit() from running.', effects({ on: 'bh', op: 'disable' }, txLock('acquire')), freed('netif_tx_unlock_bh')),
  netif_tx_unlock_bh: known(NETDEV, 'void netif_tx_unlock_bh(struct net_device *dev)', 'Ends netif_tx_lock_bh().', effects(txLock('release'), { on: 'bh', op: 'enable' })),
  netif_set_real_num_tx_queues: known(NETCORE, 'int netif_set_real_num_tx_queues(struct net_device *dev, unsigned int txq)', 'How many queues for sending are used.', sleeping, error),
  netif_set_real_num_rx_queues: known(NETCORE, 'int netif_set_real_num_rx_queues(struct net_device *dev, unsigned int rxq)', 'How many queues for receiving are used.', sleeping, error),
  netdev_tx_sent_queue: known(NETDEV, 'void netdev_tx_sent_queue(struct netdev_queue *dev_queue, unsigned int bytes)', 'Counts bytes that the device was given.'),
  netdev_tx_completed_queue: known(NETDEV, 'void netdev_tx_completed_queue(struct netdev_queue *dev_queue, unsigned int pkts, unsigned int bytes)', 'Counts what the device has sent.'),
  netdev_tx_reset_queue: known(NETDEV, 'void netdev_tx_reset_queue(struct netdev_queue *q)', 'Forgets what was counted.'),
  netdev_sent_queue: known(NETDEV, 'void netdev_sent_queue(struct net_device *dev, unsigned int bytes)', 'netdev_tx_sent_queue() of the first queue.'),
  netdev_completed_queue: known(NETDEV, 'void netdev_completed_queue(struct net_device *dev, unsigned int pkts, unsigned int bytes)', 'netdev_tx_completed_queue() of the first queue.'),
  netdev_reset_queue: known(NETDEV, 'void netdev_reset_queue(struct net_device *dev_queue)', 'netdev_tx_reset_queue() of the first queue.'),
  netif_napi_add_weight: known(NETCORE, 'void netif_napi_add_weight(struct net_device *dev, struct napi_struct *napi, int (*poll)(struct napi_struct *napi, int budget), int weight)', 'netif_napi_add() with a weight of one’s own.', since('5.19'), freed('netif_napi_del'), keeps(1), { registers: [{ arg: 2, context: 'softirq' }] }),
  napi_complete: known(NETDEV, 'bool napi_complete(struct napi_struct *n)', 'napi_complete_done() that does not say how much was done.'),
  // pieces of pages
  page_frag_alloc: known(ALLOC, 'void *page_frag_alloc(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp_mask)', 'A piece of a page.', byGfp(2), fragment('page_frag_free')),
  page_frag_free: known(ALLOC, 'void page_frag_free(void *addr)', 'Frees a piece of a page.', frees(0, 'page fragment')),
  __page_frag_cache_drain: known(ALLOC, 'void __page_frag_cache_drain(struct page *page, unsigned int count)', 'Gives the rest of a cache’s page back.'),
  netdev_alloc_frag: known(SKBH, 'void *netdev_alloc_frag(unsigned int fragsz)', 'A piece of a page for a received packet, by GFP_ATOMIC.', fragment('skb_free_frag')),
  napi_alloc_frag: known(SKBH, 'void *napi_alloc_frag(unsigned int fragsz)', 'netdev_alloc_frag() for poll().', fragment('skb_free_frag')),
  skb_free_frag: known(SKBH, 'void skb_free_frag(void *addr)', 'Frees a piece of a page that became no packet.', frees(0, 'page fragment')),
  // pools of pages
  page_pool_create: known(POOL, 'struct page_pool *page_pool_create(const struct page_pool_params *params)', 'A pool of pages for one receive queue.', sleeping, { result: 'may be ERR_PTR' }, freed('page_pool_destroy'), gives('page pool')),
  page_pool_destroy: known(POOL, 'void page_pool_destroy(struct page_pool *pool)', 'Ends a pool; pages that are still away come back later. NULL is ignored.', sleeping, frees(0, 'page pool')),
  page_pool_alloc_pages: known(POOL, 'struct page *page_pool_alloc_pages(struct page_pool *pool, gfp_t gfp)', 'A page of a pool.', byGfp(1), poolPage),
  page_pool_dev_alloc_pages: known(POOLH, 'struct page *page_pool_dev_alloc_pages(struct page_pool *pool)', 'A page of a pool, by GFP_ATOMIC.', poolPage),
  page_pool_put_page: known(POOLH, 'void page_pool_put_page(struct page_pool *pool, struct page *page, unsigned int dma_sync_size, bool allow_direct)', 'Gives a page back to its pool; allow_direct in poll() only.', putsPage),
  page_pool_put_full_page: known(POOLH, 'void page_pool_put_full_page(struct page_pool *pool, struct page *page, bool allow_direct)', 'Gives a page back to its pool; allow_direct in poll() only.', putsPage),
  page_pool_recycle_direct: known(POOLH, 'void page_pool_recycle_direct(struct page_pool *pool, struct page *page)', 'Gives a page back to its pool, in poll().', putsPage),
  page_pool_release_page: known(POOL, 'void page_pool_release_page(struct page_pool *pool, struct page *page)', 'Takes a page out of its pool for good; put_page() frees it.', until('6.6'), keeps(1)),
  page_pool_get_dma_addr: known(POOLH, 'dma_addr_t page_pool_get_dma_addr(struct page *page)', 'Where the device sees a page, in a pool that maps its pages.', inNmi, follows(0)),
} as const satisfies Record<string, ApiEntry>;
