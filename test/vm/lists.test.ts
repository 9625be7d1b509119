/** Lists of the API: struct list_head and hlist, CONFIG_DEBUG_LIST's checks (lib/list_debug.c, 6.1). */
import { check, checkEverywhere } from './scenario';

const ITEMS = `
struct item { int v; struct list_head node; struct hlist_node hash; };
static struct item a = { .v = 1 }, b = { .v = 2 }, c = { .v = 3 };
static LIST_HEAD(head);
static LIST_HEAD(other);
static HLIST_HEAD(bucket);
/* the values on a list as decimal digits, first to last */
static int digits(struct list_head *list)
{
    struct item *i;
    int n = 0;
    list_for_each_entry(i, list, node)
        n = n * 10 + i->v;
    return n;
}
/* the same backwards: the prev pointers */
static int backwards(struct list_head *list)
{
    struct item *i;
    int n = 0;
    list_for_each_entry_reverse(i, list, node)
        n = n * 10 + i->v;
    return n;
}
static int hashed(void)
{
    struct item *i;
    int n = 0;
    hlist_for_each_entry(i, &bucket, hash)
        n = n * 10 + i->v;
    return n;
}
static void fill(void)
{
    list_add_tail(&a.node, &head);
    list_add_tail(&b.node, &head);
    list_add_tail(&c.node, &head);
}
`;
const body = (text: string) => `${ITEMS} task main { ${text} }`;

describe('lists of a scenario', () => {
  const cases: Record<string, string> = {
    'an empty list':
      'expect(list_empty(&head)); expect(list_empty_careful(&head)); expect(!list_is_singular(&head)); expect(list_count_nodes(&head) == 0);',
    'list_add is a stack':
      'list_add(&a.node, &head); list_add(&b.node, &head); expect(digits(&head) == 21); expect(backwards(&head) == 12);',
    'list_add_tail is a queue':
      'fill(); expect(digits(&head) == 123); expect(backwards(&head) == 321); expect(list_count_nodes(&head) == 3);',
    list_del: 'fill(); list_del(&b.node); expect(digits(&head) == 13); expect(backwards(&head) == 31);',
    'list_del poisons':
      'fill(); list_del(&b.node); expect(b.node.next == LIST_POISON1); expect(b.node.prev == LIST_POISON2);',
    list_del_init:
      'fill(); list_del_init(&b.node); expect(list_empty(&b.node)); list_del_init(&b.node); expect(digits(&head) == 13);',
    'list_del_rcu keeps next':
      'fill(); struct list_head *n = b.node.next; list_del_rcu(&b.node); expect(b.node.next == n); expect(b.node.prev == LIST_POISON2); expect(digits(&head) == 13);',
    'list_add_rcu and list_add_tail_rcu':
      'list_add_rcu(&a.node, &head); list_add_tail_rcu(&b.node, &head); expect(digits(&head) == 12);',
    list_replace:
      'list_add(&a.node, &head); list_replace(&a.node, &b.node); expect(digits(&head) == 2); expect(backwards(&head) == 2);',
    list_replace_init:
      'list_add(&a.node, &head); list_replace_init(&a.node, &b.node); expect(digits(&head) == 2); expect(list_empty(&a.node));',
    'list_swap of distant entries':
      'fill(); list_swap(&a.node, &c.node); expect(digits(&head) == 321); expect(backwards(&head) == 123);',
    'list_swap of neighbours':
      'fill(); list_swap(&a.node, &b.node); expect(digits(&head) == 213); list_swap(&a.node, &b.node); expect(digits(&head) == 123); expect(backwards(&head) == 321);',
    list_move:
      'fill(); list_move(&c.node, &head); expect(digits(&head) == 312); list_move_tail(&c.node, &other); expect(digits(&head) == 12); expect(digits(&other) == 3);',
    list_rotate_left:
      'list_rotate_left(&head); expect(list_empty(&head)); fill(); list_rotate_left(&head); expect(digits(&head) == 231); expect(backwards(&head) == 132);',
    'singular, first, last, head':
      'list_add(&a.node, &head); expect(list_is_singular(&head)); list_add_tail(&b.node, &head); expect(!list_is_singular(&head)); expect(list_is_first(&a.node, &head)); expect(!list_is_first(&b.node, &head)); expect(list_is_last(&b.node, &head)); expect(!list_is_last(&a.node, &head)); expect(list_is_head(&head, &head)); expect(!list_is_head(&a.node, &head));',
    list_splice:
      'list_add(&a.node, &head); list_add(&c.node, &other); list_add(&b.node, &other); list_splice(&other, &head); expect(digits(&head) == 231); expect(backwards(&head) == 132);',
    list_splice_tail_init:
      'list_add(&a.node, &head); list_add(&c.node, &other); list_add(&b.node, &other); list_splice_tail_init(&other, &head); expect(digits(&head) == 123); expect(list_empty(&other));',
    list_splice_tail:
      'list_add(&a.node, &head); list_add(&b.node, &other); list_splice_tail(&other, &head); expect(digits(&head) == 12);',
    'list_splice_init of an empty list':
      'list_add(&a.node, &head); list_splice_init(&other, &head); expect(digits(&head) == 1); expect(list_empty(&other));',
    'a local head':
      'struct list_head l; INIT_LIST_HEAD(&l); list_add(&a.node, &l); expect(digits(&l) == 1); LIST_HEAD(m); expect(list_empty(&m));',
    'first, last, next, prev':
      'fill(); expect(list_first_entry(&head, struct item, node) == &a); expect(list_last_entry(&head, struct item, node)->v == 3); expect(list_next_entry(&a, node) == &b); expect(list_prev_entry(&b, node) == &a); expect(list_first_entry_or_null(&other, struct item, node) == NULL); expect(list_first_entry_or_null(&head, struct item, node) == &a);',
    'list_for_each_entry_safe deletes as it goes':
      'fill(); struct item *i, *n; int sum = 0; list_for_each_entry_safe(i, n, &head, node) { sum += i->v; list_del(&i->node); } expect(sum == 6); expect(list_empty(&head));',
    'list_for_each with break and continue':
      'fill(); struct list_head *p; int n = 0; list_for_each(p, &head) { if (p == &a.node) continue; n++; if (p == &b.node) break; } expect(n == 1);',
    'list_for_each_entry_continue and _from':
      'fill(); struct item *i = &a; int n = 0; list_for_each_entry_continue(i, &head, node) n = n * 10 + i->v; expect(n == 23); i = &b; n = 0; list_for_each_entry_from(i, &head, node) n = n * 10 + i->v; expect(n == 23);',
    'list_for_each_prev and _safe':
      'fill(); struct list_head *p, *q; int n = 0; list_for_each_prev(p, &head) n++; list_for_each_safe(p, q, &head) list_del_init(p); expect(n == 3); expect(list_empty(&head));',
    list_for_each_entry_rcu:
      'fill(); struct item *i; int n = 0; rcu_read_lock(); list_for_each_entry_rcu(i, &head, node) n += i->v; rcu_read_unlock(); expect(n == 6);',
    'hlist: add, before, behind':
      'hlist_add_head(&b.hash, &bucket); hlist_add_before(&a.hash, &b.hash); hlist_add_behind(&c.hash, &b.hash); expect(hashed() == 123); expect(!hlist_empty(&bucket));',
    'hlist: del':
      'hlist_add_head(&b.hash, &bucket); hlist_add_head(&a.hash, &bucket); hlist_del(&a.hash); expect(hashed() == 2); hlist_del_init(&b.hash); expect(hlist_empty(&bucket)); expect(hlist_unhashed(&b.hash)); hlist_del_init(&b.hash); INIT_HLIST_NODE(&a.hash); expect(hlist_unhashed(&a.hash));',
    'hlist: behind the last, del in the middle':
      'hlist_add_head(&a.hash, &bucket); hlist_add_behind(&b.hash, &a.hash); hlist_add_behind(&c.hash, &b.hash); hlist_del(&b.hash); expect(hashed() == 13); hlist_del(&c.hash); hlist_add_behind(&b.hash, &a.hash); expect(hashed() == 12);',
    'hlist: safe walk':
      'hlist_add_head(&b.hash, &bucket); hlist_add_head(&a.hash, &bucket); struct item *i; struct hlist_node *n; int v = 0; hlist_for_each_entry_safe(i, n, &bucket, hash) { v = v * 10 + i->v; hlist_del(&i->hash); } expect(v == 12); expect(hlist_empty(&bucket));',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(body(text)));

  it('LIST_POISON by machine', () => {
    check(
      body(
        'fill(); list_del(&a.node); expect((unsigned long)a.node.next == 0xdead000000000100UL); expect((unsigned long)a.node.prev == 0xdead000000000122UL);',
      ),
    );
    check(
      body(
        'fill(); list_del(&a.node); expect((unsigned long)a.node.next == 0x100UL); expect((unsigned long)a.node.prev == 0x122UL);',
      ),
      {},
      { arch: 'i386' },
    );
  });
});

describe('corrupted lists', () => {
  const cases: [name: string, text: string, line: RegExp][] = [
    ['deleted twice', 'fill(); list_del(&b.node); list_del(&b.node);', /is LIST_POISON1/],
    ['added twice', 'fill(); list_add(&a.node, &head);', /list_add double add/],
    ['added twice at the end', 'fill(); list_add_tail(&c.node, &head);', /list_add double add/],
    [
      'a head of zeros',
      'static struct list_head zero; list_add(&a.node, &zero);',
      /list_add corruption\. next is NULL/,
    ],
    ['an entry of zeros', 'list_del(&a.node);', /->next is NULL/],
    ['next->prev overwritten', 'fill(); b.node.prev = &c.node; list_del(&a.node);', /next->prev should be/],
    ['prev->next overwritten', 'fill(); a.node.next = &c.node; list_del(&b.node);', /prev->next should be/],
    [
      'head overwritten',
      'fill(); head.prev = &a.node; list_add_tail(&b.node, &head);',
      /list_add corruption\. prev->next should be next/,
    ],
  ];
  for (const [name, text, line] of cases)
    it(name, () => {
      for (const arch of ['x86_64', 'i386'] as const)
        check(body(text), { reports: [line], detail: 'kernel BUG at lib/list_debug.c:' }, { arch });
    });
  it('a walk over a deleted entry', () => {
    check(body('fill(); struct item *i; list_for_each_entry(i, &head, node) list_del(&i->node);'), {
      reports: [
        /KASAN: wild-memory-access in main/,
        /general protection fault, probably for non-canonical address 0xdead000000000100/,
      ],
    });
    check(
      body('fill(); struct item *i; list_for_each_entry(i, &head, node) list_del(&i->node);'),
      { reports: ['BUG: kernel NULL pointer dereference'] },
      { arch: 'i386' },
    );
  });
});
