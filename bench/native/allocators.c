/*
 * The native twin of the emulator's SLUB, vmalloc and page walk, for bench/allocators.bench.ts, on the page allocator of page_alloc.c.
 * Usage: allocators ROUNDS; prints one line a figure, nanoseconds of CPU time an operation.
 *
 * SLUB: kmem_cache with a slab per CPU and its lockless freelist, a chain of partial slabs per CPU, a list per node; pointers of free
 * objects hardened (address ^ random ^ the address' bytes swapped), fresh slabs in random order; kmalloc finds the cache by size, kfree by
 * the struct page. vmalloc: vm_struct and vmap_area, the busy tree and list, the free tree with the largest hole below each node, guard
 * pages, pages one by one, page tables of four levels, lazy purging. Memory is an arena that the page numbers index.
 *
 * Left out on both sides: locks, atomic instructions, disabled interrupts, zeroing, debugging, KASAN.
 */
#define ONLY_PAGES
#include "page_alloc.c"

#define PAGE 4096ul
static char *ram; /* the direct map */
static char *address_of(struct page *p) { return ram + (uint64_t)(p - map) * PAGE; }
static struct page *page_at(const void *a) { return &map[(uint64_t)((const char *)a - ram) / PAGE]; }
#define GFP 0x800u /* GFP_NOWAIT */

/* ------------------------------------------------------------------ SLUB */
struct slab { /* over struct page */
	uint64_t flags;
	struct cache *cache;
	union { struct list list; struct { struct slab *next; int slabs; } chain; } u;
	void *freelist;
	unsigned inuse : 16, objects : 15, frozen : 1;
	uint32_t type;
	int32_t refcount;
	uint64_t memcg;
};
struct cpu_cache { void **freelist; uint64_t tid; struct slab *slab, *partial; };
struct cache_node { uint64_t nr_partial, nr_slabs, total_objects; struct list partial; };
struct cache {
	size_t cpu; /* per-CPU offset */
	uint64_t min_partial;
	unsigned size, object_size, offset, cpu_partial_slabs, objects, order;
	uint64_t random;
	unsigned *sequence;
	struct cache_node *node[1];
};
#define PG_SLAB 0x200ul
static struct cpu_cache cpu_caches[16];
static struct cache_node nodes_of[16];
static struct cache caches[16], *by_index[24];
static uint64_t random_state = 88172645463325252ul;
static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}
static struct cpu_cache *cpu_of(struct cache *s) { return (struct cpu_cache *)((char *)cpu_caches + s->cpu); }
static void *coded(struct cache *s, void *pointer, void *at)
{
	return (void *)((uint64_t)pointer ^ s->random ^ __builtin_bswap64((uint64_t)at));
}
static void *next_of(struct cache *s, void *object)
{
	void **at = (void **)((char *)object + s->offset);
	return coded(s, *at, at);
}
static void set_next(struct cache *s, void *object, void *value)
{
	void **at = (void **)((char *)object + s->offset);
	*at = coded(s, value, at);
}
static struct slab *slab_at(const void *object)
{
	struct page *p = page_at(object);
	uint64_t head = (uint64_t)p->lru.next;
	return (struct slab *)(head & 1 ? (struct page *)(head - 1) : p);
}
static struct slab *new_slab(struct cache *s)
{
	struct page *p = alloc_pages(GFP, (int)s->order, 0);
	struct slab *slab = (struct slab *)p;
	char *base = address_of(p), *at, *after;
	unsigned i, from = (unsigned)(draw() % s->objects);
	for (int k = 1; k < 1 << s->order; k++)
		p[k].lru.next = (struct list *)((uint64_t)p + 1);
	slab->cache = s;
	slab->flags |= PG_SLAB;
	slab->objects = s->objects & 0x7fff;
	slab->frozen = 1;
	s->node[0]->nr_slabs++;
	s->node[0]->total_objects += s->objects;
	at = base + s->sequence[from] * s->size;
	slab->freelist = at;
	for (i = 1; i < s->objects; i++) {
		if (++from == s->objects)
			from = 0;
		after = base + s->sequence[from] * s->size;
		set_next(s, at, after);
		at = after;
	}
	set_next(s, at, NULL);
	slab->inuse = s->objects & 0xffff;
	return slab;
}
static void discard(struct cache *s, struct slab *slab)
{
	struct page *p = (struct page *)slab;
	s->node[0]->nr_slabs--;
	s->node[0]->total_objects -= s->objects;
	slab->flags &= ~PG_SLAB;
	for (int k = 1; k < 1 << s->order; k++)
		p[k].lru.next = NULL;
	p->lru.next = NULL;
	p->mapping = p->index = 0;
	p->private = 0;
	((uint64_t *)p)[1] = 0;
	free_pages(p, (int)s->order);
}
static void *take_freelist(struct slab *slab)
{
	void *first = slab->freelist;
	slab->freelist = NULL;
	slab->inuse = slab->objects;
	slab->frozen = first != NULL;
	return first;
}
static void add_partial(struct cache_node *n, struct slab *slab, int tail)
{
	n->nr_partial++;
	if (tail)
		list_add(&slab->u.list, n->partial.prev, &n->partial);
	else
		list_add(&slab->u.list, &n->partial, n->partial.next);
}
static void remove_partial(struct cache_node *n, struct slab *slab)
{
	list_del(&slab->u.list);
	n->nr_partial--;
}
static void unfreeze(struct cache *s, struct slab *slab)
{
	while (slab) {
		struct slab *following = slab->u.chain.next;
		slab->frozen = 0;
		if (!slab->inuse && s->node[0]->nr_partial >= s->min_partial)
			discard(s, slab);
		else
			add_partial(s->node[0], slab, 1);
		slab = following;
	}
}
static void put_cpu_partial(struct cache *s, struct slab *slab, int drain)
{
	struct cpu_cache *c = cpu_of(s);
	struct slab *old = c->partial, *full = NULL;
	int slabs = 0;
	if (old) {
		if (drain && old->u.chain.slabs >= (int)s->cpu_partial_slabs) {
			full = old;
			old = NULL;
		} else {
			slabs = old->u.chain.slabs;
		}
	}
	slab->u.chain.slabs = slabs + 1;
	slab->u.chain.next = old;
	c->partial = slab;
	if (full)
		unfreeze(s, full);
}
static __attribute__((noipa)) void *slow_alloc(struct cache *s)
{
	struct cpu_cache *c = cpu_of(s);
	void *first;
	if (c->slab) {
		first = take_freelist(c->slab);
		if (first)
			goto load;
		c->slab = NULL;
	}
	if (c->partial) {
		c->slab = c->partial;
		c->partial = c->slab->u.chain.next;
	} else {
		struct cache_node *n = s->node[0];
		unsigned moved = 0;
		while (n->partial.next != &n->partial) {
			struct slab *slab = (struct slab *)((char *)n->partial.next - offsetof(struct slab, u));
			remove_partial(n, slab);
			slab->frozen = 1;
			if (!c->slab) {
				c->slab = slab;
			} else {
				put_cpu_partial(s, slab, 0);
				moved++;
			}
			if (moved > s->cpu_partial_slabs / 2)
				break;
		}
	}
	if (!c->slab)
		c->slab = new_slab(s);
	first = take_freelist(c->slab);
load:
	c->slab->frozen = 1;
	c->freelist = next_of(s, first);
	c->tid++;
	return first;
}
static __attribute__((noipa)) void *cache_alloc(struct cache *s, uint32_t gfp)
{
	struct cpu_cache *c = cpu_of(s);
	void *object = c->freelist;
	if (gfp & 0x400)
		abort();
	if (!object || !c->slab)
		return slow_alloc(s);
	c->freelist = next_of(s, object);
	c->tid++;
	return object;
}
static void slow_free(struct cache *s, struct slab *slab, void *object)
{
	struct cache_node *n = s->node[0];
	void *prior = slab->freelist;
	int was_frozen = slab->frozen;
	set_next(s, object, prior);
	slab->freelist = object;
	slab->inuse--;
	if (was_frozen)
		return;
	if (!prior) {
		slab->frozen = 1;
		put_cpu_partial(s, slab, 1);
		return;
	}
	if (!slab->inuse && n->nr_partial >= s->min_partial) {
		remove_partial(n, slab);
		discard(s, slab);
	}
}
static __attribute__((noipa)) void cache_free(struct cache *s, void *object)
{
	struct cpu_cache *c = cpu_of(s);
	struct slab *slab = slab_at(object);
	if (slab->cache != s)
		abort();
	if (slab == c->slab) {
		set_next(s, object, c->freelist);
		c->freelist = object;
		c->tid++;
	} else {
		slow_free(s, slab, object);
	}
}
static const uint8_t size_index[24] = { 3, 4, 5, 5, 6, 6, 6, 6, 1, 1, 1, 1, 7, 7, 7, 7, 2, 2, 2, 2, 2, 2, 2, 2 };
static __attribute__((noipa)) void *kmalloc(size_t size, uint32_t gfp)
{
	struct cache *s = by_index[size <= 192 ? size_index[(size - 1) / 8] : 64 - __builtin_clzl(size - 1)];
	return cache_alloc(s, gfp);
}
static __attribute__((noipa)) void kfree(void *object)
{
	struct slab *slab = slab_at(object);
	if (!(slab->flags & PG_SLAB))
		abort();
	cache_free(slab->cache, object);
}
static void make_cache(int i, unsigned size, unsigned order, unsigned partial_slabs, unsigned min_partial)
{
	struct cache *s = &caches[i];
	s->cpu = (size_t)i * sizeof(struct cpu_cache);
	s->size = s->object_size = size;
	s->offset = size / 2 / 8 * 8;
	s->order = order;
	s->objects = (unsigned)(PAGE << order) / size;
	s->cpu_partial_slabs = partial_slabs;
	s->min_partial = min_partial;
	s->random = draw();
	s->sequence = malloc(s->objects * sizeof(unsigned));
	for (unsigned k = 0; k < s->objects; k++)
		s->sequence[k] = k;
	for (unsigned k = s->objects - 1; k > 0; k--) {
		unsigned other = (unsigned)(draw() % (k + 1)), t = s->sequence[k];
		s->sequence[k] = s->sequence[other];
		s->sequence[other] = t;
	}
	s->node[0] = &nodes_of[i];
	nodes_of[i].partial.next = nodes_of[i].partial.prev = &nodes_of[i].partial;
}

/* ------------------------------------------------------------------ page tables */
static uint64_t *pgd;
#define PRESENT 1ul
static uint64_t *table_of(uint64_t entry) { return (uint64_t *)(ram + (entry & 0xffffffffff000ul)); }
static uint64_t physical_of(struct page *p) { return (uint64_t)(p - map) * PAGE; }
static uint64_t *entry_of(uint64_t va, int make)
{
	uint64_t *table = pgd;
	for (int shift = 39; shift > 12; shift -= 9) {
		uint64_t *e = &table[va >> shift & 511];
		if (!(*e & PRESENT)) {
			struct page *p;
			if (!make)
				return NULL;
			p = alloc_pages(GFP, 0, 0);
			memset(address_of(p), 0, PAGE);
			*e = physical_of(p) | 0x67;
		}
		table = table_of(*e);
	}
	return &table[va >> 12 & 511];
}
static __attribute__((noipa)) uint64_t walk(uint64_t va)
{
	uint64_t *table = pgd;
	for (int shift = 39;; shift -= 9) {
		uint64_t e = table[va >> shift & 511];
		if (!(e & PRESENT))
			return ~0ul;
		if (shift == 12)
			return (e & 0xffffffffff000ul) | (va & 4095);
		table = table_of(e);
	}
}

/* ------------------------------------------------------------------ vmalloc */
struct node_rb { uint64_t parent; struct node_rb *right, *left; };
struct vm { struct vm *next; uint64_t addr, size, flags; struct page **pages; unsigned nr; };
struct va {
	uint64_t start, end;
	struct node_rb rb;
	struct list list;
	union { uint64_t largest; struct vm *vm; } u;
};
static struct node_rb *busy_root, *free_root, *purge_root;
static struct list busy_list, free_list, purge_list;
static uint64_t lazy_nr;
#define LAZY_MAX 8192ul
#define VMALLOC_START 0xffffc90000000000ul
#define VMALLOC_END 0xffffe90000000000ul
#define va_of(n) ((struct va *)((char *)(n) - offsetof(struct va, rb)))
#define va_in(l) ((struct va *)((char *)(l) - offsetof(struct va, list)))
static struct node_rb *parent(struct node_rb *n) { return (struct node_rb *)(n->parent & ~1ul); }
static int red(struct node_rb *n) { return n && !(n->parent & 1); }
static void set_parent(struct node_rb *n, struct node_rb *p) { n->parent = (uint64_t)p | (n->parent & 1); }
static void paint(struct node_rb *n, int black) { n->parent = (n->parent & ~1ul) | (uint64_t)black; }
static uint64_t largest_of(struct node_rb *n) { return n ? va_of(n)->u.largest : 0; }
static uint64_t compute(struct node_rb *n)
{
	uint64_t l = largest_of(n->left), r = largest_of(n->right), own = va_of(n)->end - va_of(n)->start;
	return own > l ? (own > r ? own : r) : (l > r ? l : r);
}
static void propagate(struct node_rb *n)
{
	while (n) {
		uint64_t x = compute(n);
		if (va_of(n)->u.largest == x)
			break;
		va_of(n)->u.largest = x;
		n = parent(n);
	}
}
static void rotate(struct node_rb **root, struct node_rb *n, int left, int augmented)
{
	struct node_rb *up = left ? n->right : n->left, *p = parent(n), *middle = left ? up->left : up->right;
	if (left)
		n->right = middle, up->left = n;
	else
		n->left = middle, up->right = n;
	if (middle)
		set_parent(middle, n);
	set_parent(up, p);
	if (!p)
		*root = up;
	else if (p->left == n)
		p->left = up;
	else
		p->right = up;
	set_parent(n, up);
	if (augmented) {
		va_of(up)->u.largest = va_of(n)->u.largest;
		va_of(n)->u.largest = compute(n);
	}
}
static void insert_fix(struct node_rb **root, struct node_rb *n, int augmented)
{
	while (red(parent(n))) {
		struct node_rb *p = parent(n), *g = parent(p);
		int left = p == g->left;
		struct node_rb *uncle = left ? g->right : g->left;
		if (red(uncle)) {
			paint(p, 1), paint(uncle, 1), paint(g, 0);
			n = g;
			continue;
		}
		if (n == (left ? p->right : p->left)) {
			rotate(root, p, left, augmented);
			n = p, p = parent(n);
		}
		paint(p, 1), paint(g, 0);
		rotate(root, g, !left, augmented);
	}
	paint(*root, 1);
}
static void link_va(struct node_rb **root, struct list *head, struct va *va, int augmented)
{
	struct node_rb **at = root, *p = NULL;
	struct list *before = head;
	while (*at) {
		p = *at;
		if (va->end <= va_of(p)->start)
			at = &p->left;
		else
			at = &p->right, before = &va_of(p)->list;
	}
	va->rb.parent = (uint64_t)p;
	va->rb.left = va->rb.right = NULL;
	*at = &va->rb;
	if (augmented)
		va->u.largest = 0;
	insert_fix(root, &va->rb, augmented);
	if (augmented) {
		va->u.largest = compute(&va->rb);
		propagate(parent(&va->rb));
	}
	list_add(&va->list, before, before->next);
}
static void erase(struct node_rb **root, struct node_rb *n, int augmented)
{
	struct node_rb *gone = n, *child, *p;
	int black;
	if (n->left && n->right)
		for (gone = n->right; gone->left;)
			gone = gone->left;
	child = gone->left ? gone->left : gone->right;
	p = parent(gone);
	black = !red(gone);
	if (child)
		set_parent(child, p);
	if (!p)
		*root = child;
	else if (p->left == gone)
		p->left = child;
	else
		p->right = child;
	if (gone != n) {
		struct node_rb *np = parent(n);
		if (p == n)
			p = gone;
		gone->parent = n->parent;
		gone->left = n->left;
		gone->right = n->right;
		if (!np)
			*root = gone;
		else if (np->left == n)
			np->left = gone;
		else
			np->right = gone;
		set_parent(gone->left, gone);
		if (gone->right)
			set_parent(gone->right, gone);
	}
	if (augmented) {
		for (struct node_rb *a = p; a; a = parent(a))
			va_of(a)->u.largest = compute(a);
	}
	if (!black)
		return;
	while (child != *root && !red(child)) {
		int left = p->left == child;
		struct node_rb *s = left ? p->right : p->left;
		if (red(s)) {
			paint(s, 1), paint(p, 0);
			rotate(root, p, left, augmented);
			s = left ? p->right : p->left;
		}
		if (!red(s->left) && !red(s->right)) {
			paint(s, 0);
			child = p, p = parent(child);
			continue;
		}
		if (!red(left ? s->right : s->left)) {
			paint(left ? s->left : s->right, 1), paint(s, 0);
			rotate(root, s, !left, augmented);
			s = left ? p->right : p->left;
		}
		paint(s, !red(p)), paint(p, 1);
		paint(left ? s->right : s->left, 1);
		rotate(root, p, left, augmented);
		child = *root;
		break;
	}
	if (child)
		paint(child, 1);
}
static void unlink_va(struct node_rb **root, struct va *va, int augmented)
{
	erase(root, &va->rb, augmented);
	list_del(&va->list);
}
/* merge_or_add_vmap_area */
static void give_back(struct node_rb **root, struct list *head, struct va *va, int augmented)
{
	struct node_rb *n = *root, *p = NULL;
	struct list *before = head, *after;
	while (n) {
		p = n;
		if (va->end <= va_of(n)->start)
			n = n->left;
		else
			before = &va_of(n)->list, n = n->right;
	}
	(void)p;
	after = before->next;
	if (after != head && va_in(after)->start == va->end) {
		struct va *other = va_in(after);
		other->start = va->start;
		kfree(va);
		va = other;
		if (before != head && va_in(before)->end == va->start) {
			va_in(before)->end = va->end;
			other = va_in(before);
			unlink_va(root, va, augmented);
			kfree(va);
			va = other;
		}
		if (augmented)
			propagate(&va->rb);
		return;
	}
	if (before != head && va_in(before)->end == va->start) {
		va_in(before)->end = va->end;
		if (augmented)
			propagate(&va_in(before)->rb);
		kfree(va);
		return;
	}
	link_va(root, head, va, augmented);
}
static struct va *lowest(uint64_t size)
{
	struct node_rb *n = free_root;
	while (n) {
		if (largest_of(n->left) >= size)
			n = n->left;
		else if (va_of(n)->end - va_of(n)->start >= size)
			return va_of(n);
		else
			n = n->right;
	}
	return NULL;
}
static void purge(void)
{
	while (purge_list.next != &purge_list) {
		struct va *va = va_in(purge_list.next);
		lazy_nr -= (va->end - va->start) / PAGE;
		unlink_va(&purge_root, va, 0);
		give_back(&free_root, &free_list, va, 1);
	}
}
static __attribute__((noipa)) void *vmalloc(size_t bytes)
{
	uint64_t size = ((bytes + PAGE - 1) & ~(PAGE - 1)) + PAGE;
	unsigned nr = (unsigned)(size / PAGE - 1);
	struct vm *vm = kmalloc(64, GFP);
	struct va *va = kmalloc(72, GFP), *hole = lowest(size);
	if (!hole)
		abort();
	va->start = hole->start;
	va->end = va->start + size;
	if (hole->end - hole->start == size) {
		unlink_va(&free_root, hole, 1);
		kfree(hole);
	} else {
		hole->start += size;
		propagate(&hole->rb);
	}
	link_va(&busy_root, &busy_list, va, 0);
	memset(vm, 0, sizeof *vm);
	vm->addr = va->start;
	vm->size = size;
	vm->flags = 2;
	va->u.vm = vm;
	vm->pages = kmalloc(nr * sizeof(struct page *), GFP);
	for (unsigned i = 0; i < nr; i++)
		vm->pages[i] = alloc_pages(GFP, 0, 0);
	vm->nr = nr;
	for (unsigned i = 0; i < nr; i++)
		*entry_of(vm->addr + i * PAGE, 1) = physical_of(vm->pages[i]) | 0x8000000000000163ul;
	return (void *)vm->addr;
}
static __attribute__((noipa)) void vfree(void *address)
{
	struct node_rb *n = busy_root;
	struct va *va;
	struct vm *vm;
	while (n && ((uint64_t)address < va_of(n)->start || (uint64_t)address >= va_of(n)->end))
		n = (uint64_t)address < va_of(n)->start ? n->left : n->right;
	if (!n)
		abort();
	va = va_of(n);
	vm = va->u.vm;
	va->u.vm = NULL;
	for (unsigned i = 0; i < vm->nr; i++)
		*entry_of(vm->addr + i * PAGE, 0) = 0;
	unlink_va(&busy_root, va, 0);
	lazy_nr += (va->end - va->start) / PAGE;
	give_back(&purge_root, &purge_list, va, 0);
	if (lazy_nr > LAZY_MAX)
		purge();
	for (unsigned i = 0; i < vm->nr; i++)
		free_pages(vm->pages[i], 0);
	kfree(vm->pages);
	kfree(vm);
}

/* ------------------------------------------------------------------ measurements */
static void report(const char *name, double ns) { printf("%s %.2f\n", name, ns); }
#define MEASURE(name, ops, work) do { \
	double best = 1e18; \
	for (int take = 0; take < TAKES; take++) { \
		double begin = now(), ns; \
		work; \
		ns = (now() - begin) / (ops); \
		if (ns < best) \
			best = ns; \
	} \
	report(name, best); \
} while (0)

static void *held_objects[4096];
static void mixed_sizes(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		uint32_t r = next() >> 8, slot = r & 4095;
		if (held_objects[slot]) {
			kfree(held_objects[slot]);
			held_objects[slot] = NULL;
		} else {
			held_objects[slot] = kmalloc(8u << (r >> 12 & 7), GFP);
		}
	}
}
static void cache_rounds(struct cache *s, int rounds)
{
	void *objects[32];
	for (int i = 0; i < rounds / 32; i++) {
		for (int k = 0; k < 32; k++)
			objects[k] = cache_alloc(s, GFP);
		for (int k = 0; k < 32; k++)
			cache_free(s, objects[k]);
	}
}
int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1000000;
	static const unsigned sizes[][4] = { /* size, order, cpu_partial_slabs, min_partial */
		{ 96, 0, 6, 5 }, { 192, 0, 12, 5 }, { 8, 0, 1, 5 }, { 16, 0, 1, 5 }, { 32, 0, 2, 5 }, { 64, 0, 4, 5 }, { 128, 0, 8, 5 },
		{ 256, 0, 7, 5 }, { 512, 0, 13, 5 }, { 1024, 1, 6, 5 }, { 200, 0, 12, 5 }, { 72, 0, 5, 5 },
	};
	set_up();
	ram = aligned_alloc(4096, NR_PAGES * PAGE);
	for (int i = 0; i < 12; i++)
		make_cache(i, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]);
	by_index[1] = &caches[0];
	by_index[2] = &caches[1];
	for (int i = 3; i <= 10; i++)
		by_index[i] = &caches[i - 1];
	MEASURE("kmalloc pair", 2.0 * rounds, for (int i = 0; i < rounds; i++) kfree(kmalloc(64, GFP)));
	mixed_sizes(200000);
	MEASURE("kmalloc mixed", (double)rounds, mixed_sizes(rounds));
	MEASURE("kmem_cache", 2.0 * rounds, cache_rounds(&caches[10], rounds));
	pgd = (uint64_t *)address_of(alloc_pages(GFP, 0, 0));
	memset(pgd, 0, PAGE);
	busy_list.next = busy_list.prev = &busy_list;
	free_list.next = free_list.prev = &free_list;
	purge_list.next = purge_list.prev = &purge_list;
	struct va *all = kmalloc(72, GFP);
	all->start = VMALLOC_START;
	all->end = VMALLOC_END;
	link_va(&free_root, &free_list, all, 1);
	/* what boot maps: areas that stay */
	void *kept[64];
	for (int i = 0; i < 64; i++)
		kept[i] = vmalloc(PAGE * (unsigned)(1 + i % 4));
	MEASURE("vmalloc pair", 2.0 * (rounds / 10), for (int i = 0; i < rounds / 10; i++) vfree(vmalloc(3 * PAGE)));
	uint64_t sum = 0;
	MEASURE("walk", (double)rounds, for (int i = 0; i < rounds; i++) sum += walk((uint64_t)kept[i & 63] + (unsigned)(i & 4095)));
	if (corrupt || sum == 1)
		printf("corrupt %lu\n", corrupt);
	return corrupt != 0;
}
