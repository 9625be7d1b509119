/** The page lock and those who wait for it (mm/filemap.c). */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import { check, checkEverywhere } from './scenario';

const PAGE = 'static struct page *p; static int seen;';
describe('the page lock', () => {
  const cases: Record<string, string> = {
    'lock, try, unlock':
      'task main { struct page *p = alloc_page(GFP_KERNEL); expect(!PageLocked(p)); lock_page(p); expect(PageLocked(p)); expect(!trylock_page(p)); unlock_page(p); expect(!PageLocked(p)); expect(trylock_page(p)); unlock_page(p); __free_page(p); }',
    'of any page of a compound page: its head':
      'task main { struct folio *f = folio_alloc(GFP_KERNEL, 2); lock_page(folio_page(f, 3)); expect(folio_test_locked(f)); expect(!PageLocked(folio_page(f, 3))); expect(!folio_trylock(f)); unlock_page(folio_page(f, 1)); expect(folio_trylock(f)); folio_unlock(f); folio_put(f); }',
    'a second task sleeps until it is released': `${PAGE} task a { p = alloc_page(GFP_KERNEL); lock_page(p); yield(); yield(); expect(!seen); expect(test_bit(PG_waiters, &p->flags)); unlock_page(p); } task b { lock_page(p); seen = 1; expect(PageLocked(p)); unlock_page(p); expect(!test_bit(PG_waiters, &p->flags)); __free_page(p); }`,
    'another task may release it': `${PAGE} task a { p = alloc_page(GFP_KERNEL); lock_page(p); } task b { expect(PageLocked(p)); unlock_page(p); lock_page(p); unlock_page(p); __free_page(p); }`,
    'wait_on_page_locked does not take it': `${PAGE} task a { p = alloc_page(GFP_KERNEL); wait_on_page_locked(p); lock_page(p); yield(); yield(); expect(seen == 0); unlock_page(p); yield(); expect(seen == 2); __free_page(p); } task b { wait_on_page_locked(p); expect(!PageLocked(p)); seen++; } task c { folio_wait_locked(page_folio(p)); expect(!PageLocked(p)); seen++; }`,
    'one waiter is woken at a time, in the order in which they came':
      'static struct page *p; static char order[4]; static int n; task a { p = alloc_page(GFP_KERNEL); lock_page(p); yield(); unlock_page(p); } task b { lock_page(p); order[n++] = 98; yield(); unlock_page(p); } task c { lock_page(p); order[n++] = 99; yield(); unlock_page(p); } task d { lock_page(p); order[n++] = 100; unlock_page(p); expect(!strcmp(order, "bcd")); }',
    'those who only wait are woken up to the first who wants it': `${PAGE} static int locked; task a { p = alloc_page(GFP_KERNEL); lock_page(p); yield(); unlock_page(p); yield(); expect(seen == 1); expect(locked == 1); } task b { wait_on_page_locked(p); seen++; } task c { lock_page(p); locked++; yield(); yield(); unlock_page(p); } task d { wait_on_page_locked(p); seen++; expect(seen == 2); expect(locked == 1); }`,
    'pages that share a wait queue: each wakes its own':
      'static struct page *p, *q; static int seen; task a { int i; p = alloc_pages(GFP_KERNEL, 9); for (i = 1; i < 512; i++) lock_page(p + i); lock_page(p); yield(); for (i = 1; i < 512; i++) unlock_page(p + i); yield(); expect(!seen); unlock_page(p); yield(); expect(seen); } task b { lock_page(p); seen = 1; unlock_page(p); }',
    'who is passed over too often is given it': `${PAGE} static int stolen; task a { p = alloc_page(GFP_KERNEL); lock_page(p); yield(); while (!seen) { unlock_page(p); if (trylock_page(p)) stolen++; else break; yield(); } expect(stolen == 5); } task b { lock_page(p); seen = 1; expect(PageLocked(p)); unlock_page(p); }`,
    'across CPUs': `${PAGE} task a on cpu 0 { p = alloc_page(GFP_KERNEL); lock_page(p); seen = 1; msleep(20); seen = 2; unlock_page(p); } task b on cpu 1 { while (!seen) msleep(1); lock_page(p); expect(seen == 2); unlock_page(p); __free_page(p); }`,
  };
  for (const [name, text] of Object.entries(cases)) {
    const cpus = /on cpu 1/.test(text) ? 2 : 1;
    it(name, () => void checkEverywhere(text, {}, { cpus }));
  }
  it('in atomic context', () =>
    void check(
      'static DEFINE_SPINLOCK(l); task main { struct page *p = alloc_page(GFP_KERNEL); spin_lock(&l); lock_page(p); unlock_page(p); spin_unlock(&l); __free_page(p); }',
      { reports: ['BUG: sleeping function called from invalid context at'] },
    ));
  it('never released: a hung task', () =>
    void check('task main { struct page *p = alloc_page(GFP_KERNEL); lock_page(p); lock_page(p); }', {
      status: 'deadlock',
      reports: ['INFO: task main:12 blocked for more than 120 seconds.'],
    }));
  it('freed while locked: a bad page, past the per-CPU lists, which clear the flag before they look', () =>
    void check('task main { struct page *p = alloc_pages(GFP_KERNEL, 4); lock_page(p); __free_pages(p, 4); }', {
      reports: [/BUG: Bad page state/],
    }));
  it('the debugger says what a task waits for', () => {
    const text = 'static struct page *p; task a { p = alloc_page(GFP_KERNEL); lock_page(p); } task b { lock_page(p); }';
    const loaded = loadScenario('/lock.kmem', `machine { memory = 64M; cpus = 1; } ${text}`);
    assert.ok('session' in loaded);
    const { target } = loaded.session;
    while (!target.ended) target.step();
    assert.equal(target.tasks().find((t) => t.comm === 'b')?.state, 'waits for page lock');
  });
});
