// biome-ignore-all format: a table, one row per structure
/**
 * Structures of block, SPI and network drivers and of DMA engines, from the fields that drivers touch: include/linux/blk-mq.h, blk_types.h,
 * spi/spi.h, skbuff.h, dmaengine.h, net/page_pool.h, 6.1. Their sizes are kmem's own.
 */

import type { SubsystemTypes } from './subsystemTypes';

export const blockAndPackets: SubsystemTypes = {
  structs: {
    // block devices
    block_device: ['sector_t bd_start_sect', 'sector_t bd_nr_sectors', 'dev_t bd_dev', 'struct inode *bd_inode', 'void *bd_holder', 'struct gendisk *bd_disk'],
    bio_vec: ['struct page *bv_page', 'unsigned int bv_len', 'unsigned int bv_offset'],
    bvec_iter: ['sector_t bi_sector', 'unsigned int bi_size', 'unsigned int bi_idx', 'unsigned int bi_bvec_done'],
    bio: ['struct bio *bi_next', 'struct block_device *bi_bdev', 'blk_opf_t bi_opf', 'unsigned short bi_flags', 'blk_status_t bi_status', 'atomic_t __bi_remaining', 'struct bvec_iter bi_iter', 'void (*bi_end_io)(struct bio *bio)', 'void *bi_private', 'unsigned short bi_vcnt', 'unsigned short bi_max_vecs', 'atomic_t __bi_cnt', 'struct bio_vec *bi_io_vec', 'struct bio_set *bi_pool'],
    bio_set: ['struct kmem_cache *bio_slab', 'unsigned int front_pad', 'mempool_t bio_pool', 'mempool_t bvec_pool'],
    request_queue: ['void *queuedata', 'unsigned long queue_flags', 'unsigned long nr_requests', 'struct gendisk *disk', 'spinlock_t queue_lock'],
    request: ['struct request_queue *q', 'struct blk_mq_hw_ctx *mq_hctx', 'blk_opf_t cmd_flags', 'unsigned int rq_flags', 'int tag', 'int internal_tag', 'unsigned int timeout', 'unsigned int __data_len', 'sector_t __sector', 'struct bio *bio', 'struct bio *biotail', 'struct list_head queuelist', 'unsigned short nr_phys_segments', 'void *end_io_data'],
    req_iterator: ['struct bvec_iter iter', 'struct bio *bio'],
    gendisk: ['int major', 'int first_minor', 'int minors', 'char disk_name[32]', 'const struct block_device_operations *fops', 'struct request_queue *queue', 'void *private_data', 'struct block_device *part0', 'int flags', 'unsigned long state'],
    block_device_operations: ['void (*submit_bio)(struct bio *bio)', 'int (*open)(struct block_device *bdev, fmode_t mode)', 'void (*release)(struct gendisk *disk, fmode_t mode)', 'int (*ioctl)(struct block_device *bdev, fmode_t mode, unsigned int cmd, unsigned long arg)', 'struct module *owner'],
    blk_mq_hw_ctx: ['struct request_queue *queue', 'void *driver_data', 'unsigned int queue_num', 'unsigned int numa_node'],
    blk_mq_queue_data: ['struct request *rq', 'bool last'],
    blk_mq_ops: ['blk_status_t (*queue_rq)(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)', 'void (*commit_rqs)(struct blk_mq_hw_ctx *hctx)', 'enum blk_eh_timer_return (*timeout)(struct request *rq)', 'void (*complete)(struct request *rq)', 'int (*init_hctx)(struct blk_mq_hw_ctx *hctx, void *data, unsigned int index)', 'void (*exit_hctx)(struct blk_mq_hw_ctx *hctx, unsigned int index)', 'int (*init_request)(struct blk_mq_tag_set *set, struct request *rq, unsigned int hctx_idx, unsigned int numa_node)', 'void (*exit_request)(struct blk_mq_tag_set *set, struct request *rq, unsigned int hctx_idx)'],
    blk_mq_tag_set: ['const struct blk_mq_ops *ops', 'unsigned int nr_maps', 'unsigned int nr_hw_queues', 'unsigned int queue_depth', 'unsigned int reserved_tags', 'unsigned int cmd_size', 'int numa_node', 'unsigned int timeout', 'unsigned int flags', 'void *driver_data'],
    // SPI
    spi_delay: ['u16 value', 'u8 unit'],
    spi_device: ['struct device dev', 'struct spi_controller *controller', 'struct spi_controller *master', 'u32 max_speed_hz', 'u8 chip_select', 'u8 bits_per_word', 'bool rt', 'u32 mode', 'int irq', 'void *controller_state', 'char modalias[32]'],
    spi_device_id: ['char name[32]', 'unsigned long driver_data'],
    spi_driver: ['const struct spi_device_id *id_table', 'int (*probe)(struct spi_device *spi)', 'void (*remove)(struct spi_device *spi)', 'void (*shutdown)(struct spi_device *spi)', 'struct device_driver driver'],
    spi_transfer: ['const void *tx_buf', 'void *rx_buf', 'unsigned int len', 'dma_addr_t tx_dma', 'dma_addr_t rx_dma', 'bool cs_change', 'u8 tx_nbits', 'u8 rx_nbits', 'u8 bits_per_word', 'struct spi_delay delay', 'u32 speed_hz', 'u32 effective_speed_hz', 'struct list_head transfer_list', 'u16 error'],
    spi_message: ['struct list_head transfers', 'struct spi_device *spi', 'bool is_dma_mapped', 'void (*complete)(void *context)', 'void *context', 'unsigned int frame_length', 'unsigned int actual_length', 'int status', 'struct list_head queue', 'void *state'],
    spi_controller: ['struct device dev', 'struct list_head list', 's16 bus_num', 'u16 num_chipselect', 'u32 mode_bits', 'u32 bits_per_word_mask', 'u32 min_speed_hz', 'u32 max_speed_hz', 'u16 flags', 'int (*setup)(struct spi_device *spi)', 'void (*cleanup)(struct spi_device *spi)', 'int (*prepare_message)(struct spi_controller *ctlr, struct spi_message *message)', 'int (*transfer_one_message)(struct spi_controller *ctlr, struct spi_message *msg)', 'void (*set_cs)(struct spi_device *spi, bool enable)', 'int (*transfer_one)(struct spi_controller *ctlr, struct spi_device *spi, struct spi_transfer *transfer)', 'bool auto_runtime_pm', 'struct completion xfer_completion'],
    // packets
    skb_shared_info: ['__u8 nr_frags', '__u8 tx_flags', 'unsigned short gso_size', 'unsigned short gso_segs', 'struct sk_buff *frag_list', 'unsigned int gso_type', 'atomic_t dataref', 'struct bio_vec frags[17]'],
    netdev_queue: ['struct net_device *dev', 'unsigned long state', 'spinlock_t _xmit_lock', 'unsigned long trans_start'],
    page_frag_cache: ['void *va', '__u16 offset', '__u16 size', 'unsigned int pagecnt_bias', 'bool pfmemalloc'],
    page_pool_params: ['unsigned int flags', 'unsigned int order', 'unsigned int pool_size', 'int nid', 'struct device *dev', 'enum dma_data_direction dma_dir', 'unsigned int max_len', 'unsigned int offset'],
    page_pool: ['struct page_pool_params p', 'u32 pages_state_hold_cnt'],
    // firmware, DMA engines
    firmware: ['size_t size', 'const u8 *data', 'void *priv'],
    dma_chan: ['struct dma_device *device', 'struct device *slave', 'dma_cookie_t cookie', 'dma_cookie_t completed_cookie', 'int chan_id', 'void *private'],
    dma_slave_config: ['enum dma_transfer_direction direction', 'phys_addr_t src_addr', 'phys_addr_t dst_addr', 'u32 src_addr_width', 'u32 dst_addr_width', 'u32 src_maxburst', 'u32 dst_maxburst', 'bool device_fc'],
    dma_async_tx_descriptor: ['dma_cookie_t cookie', 'unsigned long flags', 'dma_addr_t phys', 'struct dma_chan *chan', 'void (*callback)(void *dma_async_param)', 'void *callback_param'],
  },
  typedefs: {
    blk_opf_t: 'unsigned int',
    blk_status_t: 'unsigned char',
    blk_mq_req_flags_t: 'unsigned int',
    dma_cookie_t: 'int',
    skb_frag_t: 'struct bio_vec',
    cpumask_var_t: 'struct cpumask *',
  },
  constants: {
    READ: 0, WRITE: 1, REQ_OP_READ: 0, REQ_OP_WRITE: 1, REQ_OP_FLUSH: 2, REQ_OP_DISCARD: 3, REQ_OP_WRITE_ZEROES: 9, REQ_OP_DRV_IN: 34, REQ_OP_DRV_OUT: 35, SECTOR_SHIFT: 9, SECTOR_SIZE: 512, BIO_MAX_VECS: 256,
    BLK_STS_OK: 0, BLK_STS_NOTSUPP: 1, BLK_STS_TIMEOUT: 2, BLK_STS_NOSPC: 3, BLK_STS_RESOURCE: 9, BLK_STS_IOERR: 10, BLK_STS_DEV_RESOURCE: 13, BLK_MQ_F_SHOULD_MERGE: 1, BLK_MQ_F_BLOCKING: 32, BLK_EH_DONE: 0, BLK_EH_RESET_TIMER: 1,
    BLK_MQ_REQ_NOWAIT: 1, QUEUE_FLAG_NONROT: 6, DISK_NAME_LEN: 32, BIOSET_NEED_BVECS: 1,
    SPI_CPHA: 1, SPI_CPOL: 2, SPI_MODE_0: 0, SPI_MODE_1: 1, SPI_MODE_2: 2, SPI_MODE_3: 3, SPI_CS_HIGH: 4, SPI_LSB_FIRST: 8, SPI_3WIRE: 16, SPI_NO_CS: 64, SPI_DELAY_UNIT_USECS: 0, SPI_DELAY_UNIT_NSECS: 1, SPI_NAME_SIZE: 32,
    FOLL_WRITE: 1, FOLL_GET: 4, FOLL_FORCE: 16, FOLL_LONGTERM: 0x10000, PP_FLAG_DMA_MAP: 1, PP_FLAG_DMA_SYNC_DEV: 2, MAX_SKB_FRAGS: 17,
    DMA_MEM_TO_MEM: 0, DMA_MEM_TO_DEV: 1, DMA_DEV_TO_MEM: 2, DMA_PREP_INTERRUPT: 1, DMA_CTRL_ACK: 2,
  },
};
