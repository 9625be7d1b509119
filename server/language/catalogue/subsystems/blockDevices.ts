// biome-ignore-all format: a table, one row per entry
/**
 * Block devices: requests of blk-mq, bios, disks, 6.1. The linter and the editor know them; they do not run. A bio comes from a pool: with a
 * mask that waits, bio_alloc() does not fail.
 */
import type { ApiEntry } from '../form/entry';
import { byGfp, counts, type Detail, follows, freed, frees, gives, inNmi, keeps, known, knownMacro, loops, macro, mustCheck, since, sleeping, sleepsByGfp, until, writes } from '../form/make';

const BIO = 'block/bio.c';
const BIOH = 'include/linux/bio.h';
const CORE = 'block/blk-core.c';
const MQ = 'block/blk-mq.c';
const MQH = 'include/linux/blk-mq.h';
const DISK = 'block/genhd.c';
const BLKDEV = 'include/linux/blkdev.h';
const SETTINGS = 'block/blk-settings.c';
const error = { result: 'error code' } as const;
const errPtr = { result: 'may be ERR_PTR' } as const;
/** From a pool: NULL only with a mask that does not wait. */
const aBio = (mask: number): Detail => ({ ...byGfp(mask), ...freed('bio_put'), ...gives('bio', { waits: true }) });

export const block = {
  // bios
  bio_alloc: known(BIOH, 'struct bio *bio_alloc(struct block_device *bdev, unsigned short nr_vecs, blk_opf_t opf, gfp_t gfp_mask)', 'A bio with room for so many pages; with a mask that waits never NULL. GFP_NOIO where the memory may be needed to write pages out.', aBio(3)),
  bio_alloc_bioset: known(BIO, 'struct bio *bio_alloc_bioset(struct block_device *bdev, unsigned short nr_vecs, blk_opf_t opf, gfp_t gfp_mask, struct bio_set *bs)', 'bio_alloc() from a pool of one’s own.', aBio(3)),
  bio_alloc_clone: known(BIO, 'struct bio *bio_alloc_clone(struct block_device *bdev, struct bio *bio_src, gfp_t gfp, struct bio_set *bs)', 'A bio for the same pages.', aBio(2), since('5.18')),
  bio_split: known(BIO, 'struct bio *bio_split(struct bio *bio, int sectors, gfp_t gfp, struct bio_set *bs)', 'The first sectors of a bio as one of its own.', aBio(2)),
  bio_kmalloc: known(BIO, 'struct bio *bio_kmalloc(unsigned short nr_vecs, gfp_t gfp_mask)', 'Memory for a bio that no pool stands behind; bio_init() comes next, kfree() ends it.', byGfp(1), freed('kfree'), gives('kmalloc')),
  bio_init: known(BIO, 'void bio_init(struct bio *bio, struct block_device *bdev, struct bio_vec *table, unsigned short max_vecs, blk_opf_t opf)', 'Makes a bio usable that no pool gave.', freed('bio_uninit'), follows(0)),
  bio_uninit: known(BIO, 'void bio_uninit(struct bio *bio)', 'Ends bio_init().', follows(0)),
  bio_reset: known(BIO, 'void bio_reset(struct bio *bio, struct block_device *bdev, blk_opf_t opf)', 'Makes a bio as it was after bio_alloc().', follows(0)),
  bio_get: known(BIOH, 'void bio_get(struct bio *bio)', 'Takes a reference.', inNmi, freed('bio_put'), counts(0), follows(0)),
  bio_put: known(BIO, 'void bio_put(struct bio *bio)', 'Drops a reference; the last one frees the bio.', frees(0, 'bio'), follows(0)),
  bio_add_page: known(BIO, 'int bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int off)', 'Adds a part of a page; `len`, or 0 if there is no room.', follows(0), keeps(1)),
  bio_chain: known(BIO, 'void bio_chain(struct bio *bio, struct bio *parent)', 'The parent ends when both have.', follows(0, 1)),
  bio_endio: known(BIO, 'void bio_endio(struct bio *bio)', 'Ends a bio: calls its bi_end_io().', keeps(0)),
  bio_io_error: known(BIOH, 'void bio_io_error(struct bio *bio)', 'Ends a bio with an error.', keeps(0)),
  bio_data_dir: knownMacro(BIOH, 'bio_data_dir(bio)', 'READ or WRITE.', inNmi),
  bio_sectors: knownMacro(BIOH, 'bio_sectors(bio)', 'Sectors of a bio that are left.', inNmi),
  bio_op: known('include/linux/blk_types.h', 'enum req_op bio_op(const struct bio *bio)', 'What a bio is for, such as REQ_OP_READ.', inNmi, follows(0)),
  bio_set_dev: known(BIOH, 'void bio_set_dev(struct bio *bio, struct block_device *bdev)', 'Sends a bio to another device.', follows(0)),
  bio_iter_iovec: known(BIOH, 'struct bio_vec bio_iter_iovec(struct bio *bio, struct bvec_iter iter)', 'The part of a page at a position.', inNmi, follows(0)),
  bio_advance_iter_single: known(BIOH, 'void bio_advance_iter_single(const struct bio *bio, struct bvec_iter *iter, unsigned int bytes)', 'Moves a position on within a page.', inNmi),
  bio_for_each_segment: macro(BIOH, 'bio_for_each_segment(bvl, bio, iter)', 'Loop over the parts of pages of a bio.', loops),
  bioset_init: known(BIO, 'int bioset_init(struct bio_set *bs, unsigned int pool_size, unsigned int front_pad, int flags)', 'A pool of bios.', sleeping, error, freed('bioset_exit')),
  bioset_exit: known(BIO, 'void bioset_exit(struct bio_set *bs)', 'Ends a pool of bios; all are back.', sleeping),
  submit_bio: known(CORE, 'void submit_bio(struct bio *bio)', 'Sends a bio; its bi_end_io() is called when it has ended, in an interrupt perhaps.', sleeping, keeps(0)),
  submit_bio_wait: known(BIO, 'int submit_bio_wait(struct bio *bio)', 'Sends a bio and waits for its end.', sleeping, error, follows(0)),
  // requests
  blk_mq_alloc_tag_set: known(MQ, 'int blk_mq_alloc_tag_set(struct blk_mq_tag_set *set)', 'Makes the tags and requests of a device.', sleeping, error, freed('blk_mq_free_tag_set'), keeps(0)),
  blk_mq_free_tag_set: known(MQ, 'void blk_mq_free_tag_set(struct blk_mq_tag_set *set)', 'Ends blk_mq_alloc_tag_set().', sleeping),
  blk_mq_alloc_disk: knownMacro(MQH, 'struct gendisk *blk_mq_alloc_disk(struct blk_mq_tag_set *set, void *queuedata, ...)', 'A disk with a queue of requests. From 6.9 on the limits of the queue stand before queuedata.', sleeping, errPtr, since('5.14'), freed('put_disk'), keeps(1, 2), gives('gendisk')),
  blk_mq_init_queue: known(MQ, 'struct request_queue *blk_mq_init_queue(struct blk_mq_tag_set *set)', 'A queue of requests without a disk.', sleeping, errPtr, until('6.9'), gives('handle', { managed: true })),
  blk_mq_start_request: known(MQ, 'void blk_mq_start_request(struct request *rq)', 'The device begins with a request: its timeout runs from here.', follows(0)),
  blk_mq_end_request: known(MQ, 'void blk_mq_end_request(struct request *rq, blk_status_t error)', 'Ends a request.', keeps(0)),
  blk_mq_complete_request: known(MQ, 'void blk_mq_complete_request(struct request *rq)', 'Calls complete() of the operations for a request, on the CPU that sent it.', keeps(0)),
  blk_mq_requeue_request: known(MQ, 'void blk_mq_requeue_request(struct request *rq, bool kick_requeue_list)', 'Gives a request back to the queue.', keeps(0)),
  blk_update_request: known(MQ, 'bool blk_update_request(struct request *req, blk_status_t error, unsigned int nr_bytes)', 'Ends so many bytes of a request; true if some are left.', follows(0)),
  blk_mq_rq_to_pdu: known(MQH, 'void *blk_mq_rq_to_pdu(struct request *rq)', 'The driver’s own data behind a request.', inNmi),
  blk_mq_rq_from_pdu: known(MQH, 'struct request *blk_mq_rq_from_pdu(void *pdu)', 'The request in front of the driver’s own data.', inNmi),
  blk_mq_alloc_request: known(MQ, 'struct request *blk_mq_alloc_request(struct request_queue *q, blk_opf_t opf, blk_mq_req_flags_t flags)', 'A request of the driver’s own; waits for a tag unless BLK_MQ_REQ_NOWAIT.', { sleeps: 'may', sleepsNote: 'unless the flags have BLK_MQ_REQ_NOWAIT' }, errPtr, freed('blk_mq_free_request'), gives('request')),
  blk_mq_free_request: known(MQ, 'void blk_mq_free_request(struct request *rq)', 'Ends blk_mq_alloc_request().', frees(0, 'request'), follows(0)),
  blk_execute_rq: known(MQ, 'blk_status_t blk_execute_rq(struct request *rq, bool at_head)', 'Sends a request and waits for its end.', sleeping, follows(0)),
  blk_rq_map_kern: known('block/blk-map.c', 'int blk_rq_map_kern(struct request_queue *q, struct request *rq, void *kbuf, unsigned int len, gfp_t gfp_mask)', 'Makes a buffer of the kernel a request’s data.', sleepsByGfp(4), error, follows(1), keeps(2)),
  blk_rq_map_sg: known(MQH, 'int blk_rq_map_sg(struct request_queue *q, struct request *rq, struct scatterlist *sglist)', 'Makes a list of a request’s pages; how many pieces it became.', follows(1), writes(2)),
  blk_rq_pos: known(MQH, 'sector_t blk_rq_pos(const struct request *rq)', 'Where a request begins, in sectors.', inNmi, follows(0)),
  blk_rq_bytes: known(MQH, 'unsigned int blk_rq_bytes(const struct request *rq)', 'Bytes of a request that are left.', inNmi, follows(0)),
  blk_rq_sectors: known(MQH, 'unsigned int blk_rq_sectors(const struct request *rq)', 'Sectors of a request that are left.', inNmi, follows(0)),
  blk_rq_cur_bytes: known(MQH, 'int blk_rq_cur_bytes(const struct request *rq)', 'Bytes of a request’s first part.', inNmi, follows(0)),
  blk_rq_nr_phys_segments: known(MQH, 'unsigned short blk_rq_nr_phys_segments(struct request *rq)', 'Pieces of a request’s data.', inNmi, follows(0)),
  rq_data_dir: knownMacro(MQH, 'rq_data_dir(rq)', 'READ or WRITE.', inNmi),
  req_op: known(MQH, 'enum req_op req_op(const struct request *req)', 'What a request is for, such as REQ_OP_READ.', inNmi, follows(0)),
  op_is_write: known('include/linux/blk_types.h', 'bool op_is_write(blk_opf_t op)', 'True for what sends data to the device.', inNmi),
  rq_for_each_segment: macro(MQH, 'rq_for_each_segment(bvl, _rq, _iter)', 'Loop over the parts of pages of a request.', loops),
  blk_mq_run_hw_queues: known(MQ, 'void blk_mq_run_hw_queues(struct request_queue *q, bool async)', 'Sends what waits in the queues; not async in an interrupt.'),
  blk_mq_stop_hw_queues: known(MQ, 'void blk_mq_stop_hw_queues(struct request_queue *q)', 'No requests come any more; queue_rq() may still be running.'),
  blk_mq_start_hw_queues: known(MQ, 'void blk_mq_start_hw_queues(struct request_queue *q)', 'Ends blk_mq_stop_hw_queues().'),
  blk_mq_start_stopped_hw_queues: known(MQ, 'void blk_mq_start_stopped_hw_queues(struct request_queue *q, bool async)', 'Ends blk_mq_stop_hw_queues() and sends what waits.'),
  blk_mq_quiesce_queue: known(MQ, 'void blk_mq_quiesce_queue(struct request_queue *q)', 'No requests come any more, and waits until queue_rq() does not run.', sleeping, freed('blk_mq_unquiesce_queue')),
  blk_mq_unquiesce_queue: known(MQ, 'void blk_mq_unquiesce_queue(struct request_queue *q)', 'Ends blk_mq_quiesce_queue().'),
  blk_mq_freeze_queue: known(MQ, 'unsigned int blk_mq_freeze_queue(struct request_queue *q)', 'Lets no new request in, and waits for the end of those that are. From 6.14 on it returns what blk_mq_unfreeze_queue() takes; before that nothing.', sleeping, freed('blk_mq_unfreeze_queue')),
  blk_mq_unfreeze_queue: known(MQ, 'void blk_mq_unfreeze_queue(struct request_queue *q, ...)', 'Ends blk_mq_freeze_queue(); takes a mutex.', sleeping),
  blk_status_to_errno: known(CORE, 'int blk_status_to_errno(blk_status_t status)', 'The errno of a status.', inNmi),
  errno_to_blk_status: known(CORE, 'blk_status_t errno_to_blk_status(int errno)', 'The status of an errno.', inNmi),
  // disks
  add_disk: known(BLKDEV, 'int add_disk(struct gendisk *disk)', 'Lets a disk be used: requests may come at once.', sleeping, error, mustCheck, freed('del_gendisk')),
  device_add_disk: known(DISK, 'int device_add_disk(struct device *parent, struct gendisk *disk, const struct attribute_group **groups)', 'add_disk() below a device.', sleeping, error, mustCheck, freed('del_gendisk')),
  del_gendisk: known(DISK, 'void del_gendisk(struct gendisk *gp)', 'Ends add_disk(); put_disk() comes next.', sleeping),
  put_disk: known(DISK, 'void put_disk(struct gendisk *disk)', 'Drops the reference on a disk.', sleeping, frees(0, 'gendisk')),
  blk_cleanup_disk: known(DISK, 'void blk_cleanup_disk(struct gendisk *disk)', 'put_disk() of older kernels.', sleeping, since('5.14', '6.0'), frees(0, 'gendisk')),
  set_capacity: known(DISK, 'void set_capacity(struct gendisk *disk, sector_t size)', 'How large a disk is, in sectors of 512 bytes.', follows(0)),
  get_capacity: known(BLKDEV, 'sector_t get_capacity(struct gendisk *disk)', 'How large a disk is, in sectors of 512 bytes.', inNmi, follows(0)),
  set_disk_ro: known(DISK, 'void set_disk_ro(struct gendisk *disk, bool read_only)', 'Makes a disk read-only.', sleeping),
  register_blkdev: knownMacro(BLKDEV, 'int register_blkdev(unsigned int major, const char *name)', 'Takes a major number; for 0 a free one, which it returns.', sleeping, error, freed('unregister_blkdev')),
  unregister_blkdev: known(DISK, 'void unregister_blkdev(unsigned int major, const char *name)', 'Ends register_blkdev().', sleeping),
  blk_queue_logical_block_size: known(SETTINGS, 'void blk_queue_logical_block_size(struct request_queue *q, unsigned int size)', 'The smallest part of a disk that can be read.', until('6.11')),
  blk_queue_physical_block_size: known(SETTINGS, 'void blk_queue_physical_block_size(struct request_queue *q, unsigned int size)', 'The smallest part of a disk that is written as a whole.', until('6.11')),
  blk_queue_max_hw_sectors: known(SETTINGS, 'void blk_queue_max_hw_sectors(struct request_queue *q, unsigned int max_hw_sectors)', 'How large a request may be.', until('6.10')),
  blk_queue_max_segments: known(SETTINGS, 'void blk_queue_max_segments(struct request_queue *q, unsigned short max_segments)', 'How many pieces a request may have.', until('6.10')),
  blk_queue_max_segment_size: known(SETTINGS, 'void blk_queue_max_segment_size(struct request_queue *q, unsigned int max_size)', 'How large a piece of a request may be.', until('6.10')),
  blk_queue_dma_alignment: known(SETTINGS, 'void blk_queue_dma_alignment(struct request_queue *q, int mask)', 'Bits that must be clear in addresses of buffers.', until('6.10')),
  blk_queue_flag_set: known(CORE, 'void blk_queue_flag_set(unsigned int flag, struct request_queue *q)', 'Says something about a queue, such as QUEUE_FLAG_NONROT.'),
  blk_queue_rq_timeout: known(SETTINGS, 'void blk_queue_rq_timeout(struct request_queue *q, unsigned int timeout)', 'Jiffies after which timeout() of the operations is called.'),
} as const satisfies Record<string, ApiEntry>;
