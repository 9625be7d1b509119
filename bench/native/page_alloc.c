/*
 * The native twin of the emulator's page allocator, for bench/page_alloc.bench.ts: one zone, one CPU, the same structures
 * (struct page of 64 bytes with lists through it, free areas by order and migratetype, per-CPU lists, lagging counters, watermarks)
 * and the same algorithm, in plain C. Usage: page_alloc ROUNDS; prints "pair NS" and "mixed NS", nanoseconds of CPU time an operation.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_ORDER 11
#define PAGEBLOCK_ORDER 9
#define NR_PAGES (1u << 18)
#define TYPES 5
#define LISTS 14
#define POISON1 ((struct list *)0xdead000000000100ul)
#define POISON2 ((struct list *)0xdead000000000122ul)
#define BUDDY 0xffffff7fu
#define CHECK_FLAGS 0x3ffffffu

struct list { struct list *next, *prev; };
struct page {
	uint64_t flags;
	struct list lru;
	uint64_t mapping, index, private;
	uint32_t mapcount;
	int32_t refcount;
	uint64_t memcg;
};
struct area { struct list list[TYPES]; uint64_t nr_free; };
struct zone {
	uint64_t wmark[4], boost, highatomic, reserve[5];
	struct area area[MAX_ORDER];
	uint64_t flags;
	int64_t vm_stat;
};
struct pcp { int count, high, batch; int16_t factor; struct list lists[LISTS]; };

static struct page *map;
static struct zone zone;
static struct pcp pcp;
static int8_t stat_diff, stat_threshold = 32;
static uint64_t numa_hit, numa_local;
static uint8_t block_type[NR_PAGES >> PAGEBLOCK_ORDER];
static uint64_t corrupt;

static struct page *page_of(struct list *l) { return (struct page *)((char *)l - offsetof(struct page, lru)); }
static void list_add(struct list *n, struct list *prev, struct list *next)
{
	if (next->prev != prev || prev->next != next)
		corrupt++;
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}
static void list_del(struct list *e)
{
	if (e->prev->next != e || e->next->prev != e)
		corrupt++;
	e->next->prev = e->prev;
	e->prev->next = e->next;
	e->next = POISON1;
	e->prev = POISON2;
}
static int empty(struct list *h) { return h->next == h; }
static void mod_state(int delta)
{
	int x = stat_diff + delta;
	if (x > stat_threshold || -x > stat_threshold) {
		zone.vm_stat += x;
		x = 0;
	}
	stat_diff = (int8_t)x;
}
static void add_free(struct page *p, int order, int mt, int tail)
{
	struct list *h = &zone.area[order].list[mt];
	if (tail)
		list_add(&p->lru, h->prev, h);
	else
		list_add(&p->lru, h, h->next);
	zone.area[order].nr_free++;
}
static void del_free(struct page *p, int order)
{
	list_del(&p->lru);
	p->mapcount = ~0u;
	p->private = 0;
	zone.area[order].nr_free--;
}
static int is_buddy(uint32_t pfn, int order)
{
	return pfn < NR_PAGES && (map[pfn].mapcount & 0xf0000080u) == 0xf0000000u && map[pfn].private == (uint64_t)order;
}
static void free_one(uint32_t pfn, int order, int mt)
{
	uint32_t buddy = pfn ^ (1u << order);
	int tail;
	mod_state(1 << order);
	while (order < MAX_ORDER - 1) {
		buddy = pfn ^ (1u << order);
		if (!is_buddy(buddy, order))
			break;
		if (order >= PAGEBLOCK_ORDER) {
			int other = block_type[buddy >> PAGEBLOCK_ORDER];
			if (mt != other && (mt >= 3 || other >= 3))
				break;
		}
		del_free(&map[buddy], order);
		pfn &= buddy;
		order++;
	}
	map[pfn].private = (uint64_t)order;
	map[pfn].mapcount = BUDDY;
	tail = order < MAX_ORDER - 2 && is_buddy((pfn & buddy) ^ (1u << (order + 1)), order + 1);
	add_free(&map[pfn], order, mt, tail);
}
static struct page *smallest(int order, int mt)
{
	for (int o = order; o < MAX_ORDER; o++) {
		struct list *h = &zone.area[o].list[mt];
		struct page *p;
		if (empty(h))
			continue;
		p = page_of(h->next);
		del_free(p, o);
		while (o > order) {
			o--;
			add_free(p + (1u << o), o, mt, 0);
			p[1u << o].private = (uint64_t)o;
			p[1u << o].mapcount = BUDDY;
		}
		p->index = (uint64_t)mt;
		return p;
	}
	return NULL;
}
static int bad(const struct page *p, uint64_t flags)
{
	return (p->mapcount ^ ~0u) | p->refcount || p->mapping | p->memcg || p->flags & flags;
}
static int check_new(const struct page *p, int order)
{
	for (int i = 0; i < 1 << order; i++)
		if (bad(p + i, CHECK_FLAGS))
			return 1;
	return 0;
}
static int prepare_free(struct page *p, int order, int check)
{
	for (int i = 1; i < 1 << order; i++) {
		if (bad(p + i, CHECK_FLAGS))
			return 0;
		p[i].flags &= ~(uint64_t)CHECK_FLAGS;
	}
	if (p->mapping & 3)
		p->mapping = 0;
	if (check && bad(p, CHECK_FLAGS))
		return 0;
	p->flags &= ~(uint64_t)CHECK_FLAGS;
	return 1;
}
static int allowed(int order) { return order <= 3 || order == PAGEBLOCK_ORDER; }
static int pindex(int mt, int order) { return order > 3 ? 12 + (mt == 1) : 3 * order + mt; }
static void drain(int count, int pi)
{
	int lowest = 0, highest = LISTS - 1;
	if (pcp.count < count)
		count = pcp.count;
	pi--;
	while (count > 0) {
		struct list *h;
		int order;
		for (;;) {
			if (++pi > highest)
				pi = lowest;
			h = &pcp.lists[pi];
			if (!empty(h))
				break;
			if (pi == highest)
				highest--;
			if (pi == lowest)
				lowest++;
		}
		order = pi >= 12 ? PAGEBLOCK_ORDER : pi / 3;
		do {
			struct page *p = page_of(h->prev);
			int mt = (int)p->index;
			list_del(&p->lru);
			count -= 1 << order;
			pcp.count -= 1 << order;
			if (bad(p, CHECK_FLAGS))
				continue;
			free_one((uint32_t)(p - map), order, mt);
		} while (count > 0 && !empty(h));
	}
}
static void free_pages(struct page *p, int order)
{
	int mt, pi, high, free_high;
	if (--p->refcount != 0)
		return;
	mt = block_type[(p - map) >> PAGEBLOCK_ORDER];
	if (!allowed(order)) {
		if (prepare_free(p, order, 1))
			free_one((uint32_t)(p - map), order, mt);
		return;
	}
	if (!prepare_free(p, order, 0))
		return;
	p->index = (uint64_t)mt;
	pi = pindex(mt < 3 ? mt : 1, order);
	list_add(&p->lru, &pcp.lists[pi], pcp.lists[pi].next);
	pcp.count += 1 << order;
	free_high = pcp.factor && order && order <= 3;
	high = free_high ? 0 : pcp.high;
	if (pcp.count >= high) {
		int n = pcp.count;
		if (!free_high) {
			int most = high - pcp.batch, wanted = pcp.batch << pcp.factor;
			if (wanted < most)
				pcp.factor++;
			n = wanted < pcp.batch ? pcp.batch : wanted > most ? most : wanted;
		}
		drain(n, pi);
	}
}
static int watermark_ok(int order)
{
	int64_t free = zone.vm_stat < 0 ? 0 : zone.vm_stat;
	int64_t mark = (int64_t)(zone.wmark[1] + zone.boost);
	if (!order && free - (int64_t)zone.highatomic > mark + (int64_t)zone.reserve[2])
		return 1;
	if (free - ((1 << order) - 1) - (int64_t)zone.highatomic <= mark + (int64_t)zone.reserve[2])
		return 0;
	if (!order)
		return 1;
	for (int o = order; o < MAX_ORDER; o++) {
		if (!zone.area[o].nr_free)
			continue;
		for (int mt = 0; mt < 3; mt++)
			if (!empty(&zone.area[o].list[mt]))
				return 1;
	}
	return 0;
}
static struct page *alloc_pages(int order, int mt)
{
	struct page *p = NULL;
	if (!watermark_ok(order))
		return NULL;
	if (allowed(order)) {
		struct list *h = &pcp.lists[pindex(mt, order)];
		pcp.factor >>= 1;
		if (empty(h)) {
			int n = pcp.batch >> order, taken = 0, good = 0;
			if (n < 2)
				n = 2;
			for (; taken < n; taken++) {
				p = smallest(order, mt);
				if (!p)
					break;
				if (check_new(p, order))
					continue;
				list_add(&p->lru, h->prev, h);
				good++;
			}
			mod_state(-(taken << order));
			pcp.count += good << order;
		}
		if (empty(h))
			return NULL;
		p = page_of(h->next);
		list_del(&p->lru);
		pcp.count -= 1 << order;
	} else {
		p = smallest(order, mt);
		if (!p)
			return NULL;
		mod_state(-(1 << order));
		if (check_new(p, order))
			return NULL;
	}
	numa_hit++;
	numa_local++;
	zone.flags &= ~1ul;
	p->private = 0;
	p->refcount = 1;
	p->lru.next = NULL;
	return p;
}
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static uint32_t seed = 1;
static uint32_t next(void) { return seed = seed * 1664525u + 1013904223u; }

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 2000000;
	map = aligned_alloc(4096, sizeof(struct page) * NR_PAGES);
	memset(map, 0, sizeof(struct page) * NR_PAGES);
	for (int o = 0; o < MAX_ORDER; o++)
		for (int t = 0; t < TYPES; t++)
			zone.area[o].list[t].next = zone.area[o].list[t].prev = &zone.area[o].list[t];
	for (int i = 0; i < LISTS; i++)
		pcp.lists[i].next = pcp.lists[i].prev = &pcp.lists[i];
	zone.wmark[1] = 1000;
	pcp.high = 817;
	pcp.batch = 63;
	for (uint32_t i = 0; i < NR_PAGES; i++) {
		map[i].mapcount = ~0u;
		map[i].lru.next = map[i].lru.prev = &map[i].lru;
	}
	for (uint32_t i = 0; i < NR_PAGES; i += 1024)
		free_one(i, 10, 0);

	double best = 1e18, start;
	for (int k = 0; k < 5; k++) {
		start = now();
		for (int i = 0; i < rounds; i++)
			free_pages(alloc_pages(0, 0), 0);
		double ns = (now() - start) / (2.0 * rounds);
		if (ns < best)
			best = ns;
	}
	printf("pair %.2f\n", best);

	/* mixed orders: 4096 slots, each filled or emptied at random; orders 0 to 5, small ones more often */
	static struct page *held[4096];
	static uint8_t order_of[4096];
	best = 1e18;
	for (int k = 0; k < 5; k++) {
		start = now();
		for (int i = 0; i < rounds; i++) {
			uint32_t r = next() >> 8;
			uint32_t slot = r & 4095;
			if (held[slot]) {
				free_pages(held[slot], order_of[slot]);
				held[slot] = NULL;
			} else {
				uint32_t x = (r >> 12) & 15;
				int order = x < 8 ? 0 : x < 12 ? 1 : x < 14 ? 2 : x < 15 ? 3 : 5;
				held[slot] = alloc_pages(order, 0);
				order_of[slot] = (uint8_t)order;
			}
		}
		double ns = (now() - start) / rounds;
		if (ns < best)
			best = ns;
	}
	printf("mixed %.2f\n", best);
	if (corrupt)
		printf("corrupt %lu\n", corrupt);
	return corrupt != 0;
}
