/*
 * The native twin of the emulator's page allocator, for bench/page_alloc.bench.ts. Usage: page_alloc ROUNDS; prints "pair NS" and
 * "mixed NS", nanoseconds of CPU time an operation (one allocation, or one freeing).
 *
 * It is the same machine in plain C: 1 GiB, one node, one CPU, zones DMA and DMA32 with the emulator's watermarks, reserves, batch and
 * high; struct page of 64 bytes with lists through it, free areas by order and migratetype, per-CPU lists and counters found through
 * the zone and a CPU's offset, pageblock types as four bits each. And the same algorithm, with nothing left out of what the emulator does
 * for these masks: the mask to zone and migratetype, the task's flags, fault injection, the walk along the zonelist with watermark and
 * lowmem_reserve, NOFRAGMENT, refill in batches, expand, checks of every page on its way out and in, checked and poisoned list entries,
 * counters with thresholds folded into zone and machine, NUMA counts, merging, nr_pcp_high and nr_pcp_free.
 *
 * Left out on both sides: locks, atomic instructions and disabled interrupts (the emulator runs one CPU at a time and stores plainly), compound
 * pages, zeroing, the slow path, falling back to other migratetypes (the run never needs them). The two entries are not inlined and
 * are told order and mask when they run, as callers of the kernel's exported functions tell them; all below may be inlined.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TAKES 15 /* the best counts */
#define MAX_ORDER 11
#define PAGEBLOCK_ORDER 9
#define NR_PAGES (1u << 18)
#define TYPES 5
#define LISTS 14
#define POISON1 ((struct list *)0xdead000000000100ul)
#define POISON2 ((struct list *)0xdead000000000122ul)
#define BUDDY 0xffffff7fu
#define CHECK_FLAGS 0x37fffffu /* without hwpoison */
#define FREE_FLAGS 0x30f231u
#define HWPOISON 0x800000u
#define HEAD 0x10000u

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
	int node, idx;
	size_t pcp, stat; /* per-CPU offsets */
	uint64_t start, spanned, present;
	struct area area[MAX_ORDER];
	uint64_t flags;
	int64_t vm_stat;
};
struct pcp { int count, high, batch; int16_t factor; struct list lists[LISTS]; };
struct stat { int8_t diff[11], threshold; uint64_t numa[6]; };
enum { HIT, MISS, FOREIGN, INTERLEAVE, LOCAL, OTHER };
struct node { struct zone zones[5]; struct zone *list[2][6]; };
struct task { uint32_t flags; };

static struct page *map;
static struct node node0, *nodes[64] = { &node0 };
static struct { struct pcp pcp[5]; struct stat stat[5]; } first_cpu;
static char *cpu_offset[8] = { (char *)&first_cpu };
static int this_cpu, node_of_cpu[8];
static struct task init_task, *current = &init_task;
static int fail_next;
static int64_t vm_zone_stat;
static uint64_t block_bits[NR_PAGES >> PAGEBLOCK_ORDER >> 4];
static uint64_t corrupt;
/* zone by the mask's lowest four bits: DMA, HIGHMEM, DMA32, MOVABLE */
static int8_t zone_table[16] = { 2, 0, 2, -1, 1, -1, -1, -1, 2, 0, 3, -1, 1, -1, -1, -1 };

#define GFP_THISNODE 0x200000u
#define GFP_KSWAPD 0x800u
#define GFP_NOFAIL 0x8000u
#define GFP_ZERO 0x100u
#define GFP_COMP 0x40000u
#define TASK_LIMITS 0x100c0000u
#define NOFRAGMENT 0x100u

static struct pcp *pcp_of(struct zone *z) { return (struct pcp *)(cpu_offset[this_cpu] + z->pcp); }
static struct stat *stat_of(struct zone *z) { return (struct stat *)(cpu_offset[this_cpu] + z->stat); }
static struct zone *zone_of(struct page *p) { return &nodes[p->flags >> 54]->zones[p->flags >> 51 & 7]; }
static int block_type(uint64_t pfn)
{
	uint64_t block = pfn >> PAGEBLOCK_ORDER;
	return (int)(block_bits[block >> 4] >> ((block & 15) << 2) & 7);
}

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
static void mod_state(struct zone *z, int delta)
{
	struct stat *st = stat_of(z);
	int x = st->diff[0] + delta;
	if (x > st->threshold || -x > st->threshold) {
		z->vm_stat += x;
		vm_zone_stat += x;
		x = 0;
	}
	st->diff[0] = (int8_t)x;
}
static void add_free(struct zone *z, struct page *p, int order, int mt, int tail)
{
	struct list *h = &z->area[order].list[mt];
	if (tail)
		list_add(&p->lru, h->prev, h);
	else
		list_add(&p->lru, h, h->next);
	z->area[order].nr_free++;
}
static void del_free(struct zone *z, struct page *p, int order)
{
	list_del(&p->lru);
	p->mapcount = ~0u;
	p->private = 0;
	z->area[order].nr_free--;
}
static int is_buddy(struct zone *z, uint64_t pfn, int order)
{
	return pfn >= z->start && pfn < z->start + z->spanned && (map[pfn].mapcount & 0xf0000080u) == 0xf0000000u &&
		map[pfn].private == (uint64_t)order && zone_of(&map[pfn]) == z;
}
static void free_one(struct zone *z, uint64_t pfn, int order, int mt)
{
	uint64_t buddy = pfn ^ (1ul << order);
	int tail;
	mod_state(z, 1 << order);
	while (order < MAX_ORDER - 1) {
		buddy = pfn ^ (1ul << order);
		if (!is_buddy(z, buddy, order))
			break;
		if (order >= PAGEBLOCK_ORDER) {
			int other = block_type(buddy);
			if (mt != other && (mt >= 3 || other >= 3))
				break;
		}
		del_free(z, &map[buddy], order);
		pfn &= buddy;
		order++;
	}
	map[pfn].private = (uint64_t)order;
	map[pfn].mapcount = BUDDY;
	tail = order < MAX_ORDER - 2 && is_buddy(z, (pfn & buddy) ^ (1ul << (order + 1)), order + 1);
	add_free(z, &map[pfn], order, mt, tail);
}
static struct page *smallest(struct zone *z, int order, int mt)
{
	for (int o = order; o < MAX_ORDER; o++) {
		struct list *h = &z->area[o].list[mt];
		struct page *p;
		if (empty(h))
			continue;
		p = page_of(h->next);
		del_free(z, p, o);
		while (o > order) {
			o--;
			add_free(z, p + (1u << o), o, mt, 0);
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
		if (bad(p + i, CHECK_FLAGS | HWPOISON))
			return 1;
	return 0;
}
static int prepare_free(struct page *p, int order, int check)
{
	if (!order && p->flags & HWPOISON)
		return 0;
	if (order && (p->flags & HEAD || (uint64_t)p->lru.next & 1))
		abort(); /* compound pages: not in this run */
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
	p->private = 0;
	return 1;
}
static int allowed(int order) { return order <= 3 || order == PAGEBLOCK_ORDER; }
static int pindex(int mt, int order) { return order > 3 ? 12 + (mt == 1) : 3 * order + mt; }
static void drain(struct zone *z, struct pcp *pcp, int count, int pi)
{
	int lowest = 0, highest = LISTS - 1;
	if (pcp->count < count)
		count = pcp->count;
	pi--;
	while (count > 0) {
		struct list *h;
		int order;
		for (;;) {
			if (++pi > highest)
				pi = lowest;
			h = &pcp->lists[pi];
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
			pcp->count -= 1 << order;
			if (bad(p, FREE_FLAGS))
				continue;
			free_one(z, (uint64_t)(p - map), order, mt);
		} while (count > 0 && !empty(h));
	}
}
static __attribute__((noipa)) void free_pages(struct page *p, int order)
{
	struct zone *z;
	struct pcp *pcp;
	int mt, pi, high, free_high, head = (p->flags & HEAD) != 0;
	uint64_t pfn = (uint64_t)(p - map);
	if (--p->refcount != 0) {
		if (!head)
			abort(); /* the tails of a block still in use: not in this run */
		return;
	}
	if (!allowed(order)) {
		if (prepare_free(p, order, 1))
			free_one(zone_of(p), pfn, order, block_type(pfn));
		return;
	}
	if (!prepare_free(p, order, 0))
		return;
	mt = block_type(pfn);
	p->index = (uint64_t)mt;
	z = zone_of(p);
	pcp = pcp_of(z);
	pi = pindex(mt < 3 ? mt : 1, order);
	list_add(&p->lru, &pcp->lists[pi], pcp->lists[pi].next);
	pcp->count += 1 << order;
	free_high = pcp->factor && order && order <= 3;
	high = free_high ? 0 : pcp->high;
	if (high && z->flags & 2 && pcp->batch << 2 < high)
		high = pcp->batch << 2;
	if (pcp->count >= high) {
		int n = pcp->count;
		if (!free_high && high < pcp->batch) {
			n = 1;
		} else if (!free_high) {
			int most = high - pcp->batch, wanted = pcp->batch << pcp->factor;
			if (wanted < most)
				pcp->factor++;
			n = wanted < pcp->batch ? pcp->batch : wanted > most ? most : wanted;
		}
		drain(z, pcp, n, pi);
	}
}
static int watermark_ok(struct zone *z, int order, int highest)
{
	int64_t free = z->vm_stat < 0 ? 0 : z->vm_stat;
	int64_t mark = (int64_t)(z->wmark[1] + z->boost);
	if (!order && free - (int64_t)z->highatomic > mark + (int64_t)z->reserve[highest])
		return 1;
	if (free - ((1 << order) - 1) - (int64_t)z->highatomic <= mark + (int64_t)z->reserve[highest])
		return 0;
	if (!order)
		return 1;
	for (int o = order; o < MAX_ORDER; o++) {
		if (!z->area[o].nr_free)
			continue;
		for (int mt = 0; mt < 3; mt++)
			if (!empty(&z->area[o].list[mt]))
				return 1;
	}
	return 0;
}
static struct page *rmqueue(struct zone *z, int order, int mt)
{
	struct page *p;
	if (allowed(order)) {
		struct pcp *pcp = pcp_of(z);
		struct list *h = &pcp->lists[pindex(mt, order)];
		pcp->factor >>= 1;
		if (empty(h)) {
			int n = pcp->batch, taken = 0, good = 0;
			if (n > 1)
				n = n >> order > 2 ? n >> order : 2;
			for (; taken < n; taken++) {
				p = smallest(z, order, mt);
				if (!p)
					break;
				if (check_new(p, order))
					continue;
				list_add(&p->lru, h->prev, h);
				good++;
			}
			mod_state(z, -(taken << order));
			pcp->count += good << order;
		}
		if (empty(h))
			return NULL;
		p = page_of(h->next);
		list_del(&p->lru);
		pcp->count -= 1 << order;
		return p;
	}
	do {
		p = smallest(z, order, mt);
		if (!p)
			return NULL;
		mod_state(z, -(1 << order));
	} while (check_new(p, order));
	return p;
}
static __attribute__((noipa)) struct page *alloc_pages(uint32_t gfp, int order, int nid)
{
	struct zone **list;
	uint32_t flags = 1 | (gfp & GFP_KSWAPD);
	int highest, mt;
	if ((unsigned)order >= MAX_ORDER)
		return NULL;
	if (current->flags & TASK_LIMITS)
		gfp &= ~0xc0u;
	highest = zone_table[gfp & 15];
	mt = (int)(gfp >> 3 & 3);
	if (gfp & 0x400) /* may sleep: might_alloc() */
		abort();
	if (fail_next) {
		fail_next--;
		return NULL;
	}
	list = nodes[nid]->list[gfp & GFP_THISNODE ? 1 : 0];
	while (*list && (*list)->idx > highest)
		list++;
	if (!*list)
		return NULL;
	if ((*list)->idx == 2 && nodes[nid]->zones[1].present)
		flags |= NOFRAGMENT;
	for (struct zone **at = list; *at; at++) {
		struct zone *z = *at;
		struct stat *st;
		struct page *p;
		if (flags & NOFRAGMENT && z->node != (*list)->node)
			break;
		if (!watermark_ok(z, order, highest))
			continue;
		if (gfp & GFP_NOFAIL && order > 1)
			abort();
		p = rmqueue(z, order, mt);
		if (!p)
			continue;
		st = stat_of(z);
		if (z->node != (*list)->node) {
			st->numa[MISS]++;
			stat_of(*list)->numa[FOREIGN]++;
		} else {
			st->numa[HIT]++;
		}
		st->numa[z->node == node_of_cpu[this_cpu] ? LOCAL : OTHER]++;
		if (flags & GFP_KSWAPD && z->flags & 1)
			z->flags &= ~1ul;
		p->private = 0;
		p->refcount = 1;
		if (gfp & (GFP_ZERO | GFP_COMP))
			abort(); /* not in this run */
		p->lru.next = NULL;
		return p;
	}
	return NULL;
}
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static uint32_t seed = 1;
static uint32_t next(void) { return seed = seed * 1664525u + 1013904223u; }

/* the machine as boot leaves it */
static void set_up(void)
{
	map = aligned_alloc(4096, sizeof(struct page) * NR_PAGES);
	memset(map, 0, sizeof(struct page) * NR_PAGES);
	static const uint64_t first[] = { 1, 4096, 262112 }, low[] = { 221, 13857 };
	for (int i = 0; i < 5; i++) {
		struct zone *z = &node0.zones[i];
		struct pcp *pcp = &first_cpu.pcp[i];
		z->idx = i;
		z->pcp = (size_t)((char *)pcp - (char *)&first_cpu);
		z->stat = (size_t)((char *)&first_cpu.stat[i] - (char *)&first_cpu);
		for (int o = 0; o < MAX_ORDER; o++)
			for (int t = 0; t < TYPES; t++)
				z->area[o].list[t].next = z->area[o].list[t].prev = &z->area[o].list[t];
		for (int k = 0; k < LISTS; k++)
			pcp->lists[k].next = pcp->lists[k].prev = &pcp->lists[k];
		if (i > 1)
			continue;
		z->start = first[i];
		z->spanned = z->present = first[i + 1] - first[i];
		z->wmark[1] = low[i];
		pcp->high = (int)low[i];
		pcp->batch = i == 0 ? 1 : 63;
		first_cpu.stat[i].threshold = i == 0 ? 2 : 8;
	}
	for (int k = 1; k < 5; k++)
		node0.zones[0].reserve[k] = 937;
	node0.list[0][0] = node0.list[1][0] = &node0.zones[1];
	node0.list[0][1] = node0.list[1][1] = &node0.zones[0];
	for (uint64_t i = 0; i < NR_PAGES; i++) {
		map[i].flags = (i < 4096 ? 0ul : 1ul) << 51 | 0x1ffffful << 30;
		map[i].mapcount = ~0u;
		map[i].lru.next = map[i].lru.prev = &map[i].lru;
	}
	for (uint64_t i = 1024; i < 261120; i += 1024)
		free_one(zone_of(&map[i]), i, 10, 0);
}

#ifndef ONLY_PAGES /* allocators.c takes the allocator without its measurements */
int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 2000000;
	double best = 1e18, start;
	set_up();
	for (int k = 0; k < TAKES; k++) {
		start = now();
		for (int i = 0; i < rounds; i++)
			free_pages(alloc_pages(GFP_KSWAPD, 0, 0), 0);
		double ns = (now() - start) / (2.0 * rounds);
		if (ns < best)
			best = ns;
	}
	printf("pair %.2f\n", best);

	/* mixed orders: 4096 slots, each filled or emptied at random; orders 0 to 5, small ones more often */
	static struct page *held[4096];
	static uint8_t order_of[4096];
	best = 1e18;
	for (int k = 0; k < TAKES; k++) {
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
				held[slot] = alloc_pages(GFP_KSWAPD, order, 0);
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
#endif
