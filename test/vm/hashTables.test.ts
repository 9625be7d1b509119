/** Hash tables, queues, loops over lists, numbers: as drivers use them. */
import { checkEverywhere } from './scenario';

const TYPES = `
struct thing { int id; struct hlist_node node; struct list_head list; struct rcu_head rcu; };
struct table { DECLARE_HASHTABLE(buckets, 4); spinlock_t lock; };
struct sample { u64 t; int v; };
struct port { DECLARE_KFIFO(rx, unsigned char, 16); DECLARE_KFIFO_PTR(tx, struct sample); };
static struct table t;
static DEFINE_HASHTABLE(global, 3);
static DEFINE_KFIFO(fifo, struct sample, 4);
static DEFINE_SPINLOCK(lock);
static struct port port;

`;
const cases: Readonly<Record<string, string>> = {
  'a hash table': `
task main {
	static struct thing things[20];
	struct thing *th;
	struct hlist_node *tmp;
	int i, bkt, n = 0, sum = 0;

	hash_init(t.buckets);
	expect(hash_empty(t.buckets) && HASH_SIZE(t.buckets) == 16 && HASH_BITS(t.buckets) == 4);
	for (i = 0; i < 20; i++) {
		things[i].id = i;
		hash_add_rcu(t.buckets, &things[i].node, things[i].id);
	}
	expect(!hash_empty(t.buckets) && hash_hashed(&things[3].node));
	hash_for_each(t.buckets, bkt, th, node) { n++; sum += th->id; }
	expect(n == 20 && sum == 190);
	n = 0;
	rcu_read_lock();
	hash_for_each_possible_rcu(t.buckets, th, node, 7)
		if (th->id == 7)
			n++;
	rcu_read_unlock();
	expect(n == 1);
	hash_for_each_safe(t.buckets, bkt, tmp, th, node)
		if (th->id & 1)
			hash_del(&th->node);
	n = 0;
	hash_for_each_rcu(t.buckets, bkt, th, node) n++;
	expect(n == 10 && !hash_hashed(&things[3].node));
	hash_del_rcu(&things[4].node);
	hash_for_each_possible_safe(t.buckets, th, tmp, node, 6) if (th->id == 6) hash_del(&th->node);
	n = 0;
	hash_for_each(t.buckets, bkt, th, node) { n++; if (n == 3) break; }
	expect(n == 3);
	hash_add(global, &things[0].node, 5UL);
	expect(hash_min(5UL, 3) < 8 && hash_32(1, 8) == 0x61 && hash_ptr(&t, 5) < 32);
}
`,
  queues: `
task main {
	struct sample s = { 1, 2 }, out[8];
	unsigned char bytes[8] = "abcdefg", got[8];
	int i, err;

	for (i = 0; i < 4; i++) { s.v = i; expect(kfifo_put(&fifo, s)); }
	expect(!kfifo_put(&fifo, s) && kfifo_is_full(&fifo) && kfifo_len(&fifo) == 4 && kfifo_avail(&fifo) == 0);
	expect(kfifo_peek(&fifo, &s) && s.v == 0 && kfifo_get(&fifo, &s) && s.v == 0);
	expect(kfifo_in_spinlocked(&fifo, &s, 1, &lock) == 1);
	expect(kfifo_out(&fifo, out, 8) == 4 && out[0].v == 1 && out[3].v == 0);
	expect(kfifo_is_empty(&fifo) && !kfifo_get(&fifo, &s));
	INIT_KFIFO(port.rx);
	expect(kfifo_size(&port.rx) == 16 && kfifo_esize(&port.rx) == 1);
	for (i = 0; i < 5; i++) {
		expect(kfifo_in(&port.rx, bytes, 7) == 7);
		expect(kfifo_out(&port.rx, got, sizeof(got)) == 7 && !memcmp(bytes, got, 7));
	}
	err = kfifo_alloc(&port.tx, 5, GFP_KERNEL);
	if (err)
		return;
	expect(kfifo_initialized(&port.tx) && kfifo_size(&port.tx) == 8);
	expect(kfifo_put(&port.tx, s) && kfifo_out_spinlocked(&port.tx, out, 2, &lock) == 1);
	kfifo_skip(&port.tx); kfifo_reset(&port.tx); kfifo_reset_out(&port.tx);
	kfifo_free(&port.tx);
}
`,
  'lists that are cut, joined and walked from the middle': `
task main {
	static struct thing a[6];
	struct thing *p, *n, *new = &a[5];
	LIST_HEAD(l); LIST_HEAD(m);
	int i, sum = 0;

	for (i = 0; i < 5; i++) { a[i].id = i; list_add_tail(&a[i].list, &l); }
	p = &a[3];
	list_for_each_entry_continue_reverse(p, &l, list) sum = sum * 10 + p->id;
	expect(sum == 210);
	list_cut_position(&m, &l, &a[1].list);
	expect(list_first_entry(&m, struct thing, list) == &a[0] && list_last_entry(&m, struct thing, list) == &a[1] && list_first_entry(&l, struct thing, list) == &a[2]);
	list_splice_init(&m, &l);
	list_cut_before(&m, &l, &a[1].list);
	expect(list_is_singular(&m));
	list_splice_init(&m, &l);
	list_bulk_move_tail(&l, &a[0].list, &a[1].list);
	sum = 0;
	list_for_each_entry(p, &l, list) sum = sum * 10 + p->id;
	expect(sum == 23401);
	new->id = 9;
	list_replace_rcu(&a[3].list, &new->list);
	p = &a[2];
	sum = 0;
	list_for_each_entry_safe_from(p, n, &l, list) { sum = sum * 10 + p->id; list_del_init_careful(&p->list); }
	expect(sum == 29401 && list_empty(&l));
	expect(list_first_or_null_rcu(&l, struct thing, list) == NULL);
}
`,
  'bits, divisions, byte order, the parts of an ioctl': `
task main {
	u8 raw[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	u32 rem;
	unsigned long map[2] = { 0 };
	unsigned int bit;
	int n = 0;

	expect(get_unaligned_le32(raw + 1) == 0x05040302 && get_unaligned_be16(raw + 1) == 0x0203);
	put_unaligned_be32(0xdeadbeef, raw + 3);
	expect(raw[3] == 0xde && raw[6] == 0xef);
	expect(div_u64_rem(1000000007ULL, 10, &rem) == 100000000 && rem == 7);
	expect(mult_frac(1000, 3, 7) == 428 && sign_extend32(0x80, 7) == -128 && GENMASK_ULL(39, 32) == 0xff00000000ULL);
	bitmap_set(map, 3, 5); bitmap_clear(map, 4, 2);
	for_each_clear_bit(bit, map, 10) n++;
	expect(n == 7 && !bitmap_empty(map, 64) && __test_and_set_bit(0, map) == 0);
	expect(get_count_order(5) == 3 && hweight8(0x1ff) == 8 && BITS_PER_TYPE(u32) == 32);
	expect(ktime_after(ktime_add_ms(0, 1), 5) && time_in_range(5UL, 4UL, 6UL));
	expect(_IOC_TYPE(_IOW('k', 3, u64)) == 'k' && _IOC_NR(_IOW('k', 3, u64)) == 3 && _IOC_SIZE(_IOW('k', 3, u64)) == 8 && _IOC_DIR(_IOR('k', 3, u64)) == _IOC_READ);
}
`,
  'fields by macro': `
    struct all { DECLARE_BITMAP(map, 64); DECLARE_HASHTABLE(table, 3); DECLARE_KFIFO(rx, u16, 8); DECLARE_KFIFO_PTR(tx, struct sample *); };
    task main { struct all *a = kzalloc(sizeof(*a), GFP_KERNEL); expect(a); expect(sizeof(a->map) == 8 && ARRAY_SIZE(a->table) == 8);
      expect(sizeof(a->rx.buf) == 16 && sizeof(a->tx.buf) == 0 && sizeof(*a->tx.type) == sizeof(void *)); kfree(a); }`,
};

describe('hash tables, queues and numbers', () => {
  for (const [name, text] of Object.entries(cases)) it(name, () => void checkEverywhere(TYPES + text));
});
