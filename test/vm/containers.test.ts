/** Lock-less lists, red-black trees, sequence locks, byte order, switches, initialisers by macro: what drivers are made of. */
import { check, checkEverywhere } from './scenario';

const each = (cases: Record<string, string>): void => {
  for (const [name, text] of Object.entries(cases)) it(name, () => void checkEverywhere(text));
};
const NODES = `
  struct item { int key; struct rb_node node; };
  static struct rb_root tree = RB_ROOT;
  static struct item items[20];
  static void insert(struct item *new) {
    struct rb_node **link = &tree.rb_node, *parent = NULL;
    while (*link) {
      struct item *at = rb_entry(*link, struct item, node);
      parent = *link;
      link = new->key < at->key ? &(*link)->rb_left : &(*link)->rb_right;
    }
    rb_link_node(&new->node, parent, link);
    rb_insert_color(&new->node, &tree);
  }
  static void fill(void) { int i; for (i = 0; i < 20; i++) { items[i].key = i * 7 % 20; insert(&items[i]); } }`;

describe('containers of drivers', () => {
  each({
    'a lock-less list': `
      static LLIST_HEAD(list); struct item { int n; struct llist_node link; };
      task main { struct item a = { 1 }, b = { 2 }, c = { 3 }, *i, *next; int seen = 0;
        expect(llist_empty(&list)); expect(llist_add(&a.link, &list)); expect(!llist_add(&b.link, &list)); llist_add(&c.link, &list);
        struct llist_node *all = llist_del_all(&list); expect(llist_empty(&list));
        llist_for_each_entry(i, all, link) seen = seen * 10 + i->n; expect(seen == 321);
        all = llist_reverse_order(all); seen = 0;
        llist_for_each_entry_safe(i, next, all, link) { seen = seen * 10 + i->n; i->link.next = NULL; } expect(seen == 123);
        llist_add(&a.link, &list); expect(llist_del_first(&list) == &a.link && !llist_del_first(&list)); }`,
    'a tree in order': `${NODES}
      task main { struct rb_node *n; int key = 0; expect(RB_EMPTY_ROOT(&tree) && !rb_first(&tree)); fill();
        for (n = rb_first(&tree); n; n = rb_next(n)) { expect(rb_entry(n, struct item, node)->key == key); key++; }
        expect(key == 20); for (n = rb_last(&tree); n; n = rb_prev(n)) { key--; expect(rb_entry(n, struct item, node)->key == key); } }`,
    'a tree that loses nodes': `${NODES}
      task main { struct rb_node *n; int i, key = 1; fill();
        for (i = 0; i < 20; i++) if (items[i].key % 2 == 0) { rb_erase(&items[i].node, &tree); RB_CLEAR_NODE(&items[i].node); expect(RB_EMPTY_NODE(&items[i].node)); }
        for (n = rb_first(&tree); n; n = rb_next(n)) { expect(rb_entry(n, struct item, node)->key == key); key += 2; } expect(key == 21); }`,
    'a tree, children first': `${NODES}
      task main { struct item *i, *next; int seen = 0; fill();
        rbtree_postorder_for_each_entry_safe(i, next, &tree, node) { i->key = 0; seen++; }
        expect(seen == 20); tree = RB_ROOT; expect(!rb_first(&tree)); }`,
    'a sequence lock': `
      static DEFINE_SEQLOCK(lock); static int a;
      task main { unsigned int seq = read_seqbegin(&lock), flags_are = 0; unsigned long flags; expect(!read_seqretry(&lock, seq));
        write_seqlock(&lock); a = 1; expect(in_atomic()); write_sequnlock(&lock); expect(!in_atomic()); expect(read_seqretry(&lock, seq));
        seq = read_seqbegin(&lock); expect(seq == 2); write_seqlock_irqsave(&lock, flags); expect(irqs_disabled()); write_sequnlock_irqrestore(&lock, flags);
        write_seqlock_irq(&lock); flags_are = irqs_disabled(); write_sequnlock_irq(&lock); expect(flags_are && !irqs_disabled()); expect(read_seqretry(&lock, seq)); }`,
    'byte order':
      'u64 big = 0x0102030405060708ULL; expect(swab16(0x1234) == 0x3412); expect(swab32(0x12345678) == 0x78563412); expect(swab64(big) == 0x0807060504030201ULL); expect(cpu_to_be64(be64_to_cpu(big)) == big); expect(htons(80) == 0x5000); expect(ntohl(1) == 0x1000000);',
    'fields of registers, times':
      'u32 reg = 0xabcd1234; expect(FIELD_GET(GENMASK(15, 8), reg) == 0x12); expect(FIELD_PREP(GENMASK(11, 4), 0x5a) == 0x5a0); expect(rol32(reg, 8) == 0xcd1234ab && ror32(reg, 0) == reg && ror32(reg, 4) == 0x4abcd123); ktime_t a = ktime_get(), b; udelay(2500); b = ktime_get(); expect(ktime_us_delta(b, a) >= 2500 && ktime_ms_delta(b, a) == 2); expect(ktime_sub(ktime_add(a, 5), a) == 5 && ktime_get_ns() >= (u64)b);',
    'a switch':
      'static DEFINE_STATIC_KEY_FALSE(off); static DEFINE_STATIC_KEY_TRUE(on); task main { expect(!static_branch_unlikely(&off) && static_branch_likely(&on)); static_branch_enable(&off); static_branch_disable(&on); expect(static_branch_unlikely(&off) && !static_key_enabled(&on)); static_branch_inc(&on); expect(static_key_enabled(&on)); }',
    kmemdup_nul: 'char *p = kmemdup_nul("abcdef", 3, GFP_KERNEL); expect(strcmp(p, "abc") == 0); kfree(p);',
    'rights of kernel memory': `
      task main { struct page *p = alloc_page(GFP_KERNEL); expect(pgprot_val(PAGE_KERNEL) & _PAGE_RW); expect(!(pgprot_val(PAGE_KERNEL_RO) & _PAGE_RW));
        expect(!(pgprot_val(PAGE_KERNEL_EXEC) & _PAGE_NX)); expect(pgprot_val(pgprot_noncached(PAGE_KERNEL)) & _PAGE_PCD);
        void *at = vmap(&p, 1, VM_MAP, PAGE_KERNEL_RO); expect(at); vunmap(at); __free_page(p); }`,
    'values of a structure by macro': `
      static const struct pci_device_id ids[] = { { PCI_DEVICE(0x8086, 0x1533), .driver_data = 3 }, { PCI_DEVICE_SUB(1, 2, 3, 4), 0, 0, 9 }, { } };
      task main { expect(ids[0].vendor == 0x8086 && ids[0].device == 0x1533 && ids[0].subvendor == PCI_ANY_ID && ids[0].driver_data == 3);
        expect(ids[1].subdevice == 4 && ids[1].class == 0 && ids[1].driver_data == 9); expect(ARRAY_SIZE(ids) == 3 && !ids[2].vendor); }`,
    'names that a macro makes': `
      static int seen; static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf) { seen = 1; return 5; }
      static DEVICE_ATTR_RO(size);
      task main { expect(strcmp(dev_attr_size.attr.name, "size") == 0 && dev_attr_size.attr.mode == 0444); expect(dev_attr_size.show(NULL, NULL, NULL) == 5 && seen); }`,
    'numbers of ioctls and devices': `
      #define GET _IOR('k', 3, u64)
      static int f(unsigned int cmd) { switch (cmd) { case GET: return 1; case _IO('k', 4): return 2; default: return -ENOTTY; } }
      task main { expect(GET == 0x80086b03U); expect(f(0x6b04) == 2 && f(GET) == 1); expect(MAJOR(MKDEV(10, 63)) == 10 && MINOR(MKDEV(10, 63)) == 63); expect(DMA_BIT_MASK(32) == 0xffffffffULL && DMA_BIT_MASK(64) == U64_MAX); }`,
  });
  it('names of strings', () =>
    void check(
      '#define NAME "ring"\n#define pr_fmt(fmt) NAME ": " fmt\n#define LONG NAME "-0"\nstatic const char *s = LONG, t[] = NAME;\ntask main { printk(KERN_INFO NAME ": %s %s\\n", s, NAME "!"); pr_info(LONG " ready\\n"); expect(sizeof(t) == 5 && sizeof(LONG) == 7); }',
      { lines: ['ring: ring-0 ring!', 'ring-0 ready'] },
    ));
});
