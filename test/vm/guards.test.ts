/** What a scope undoes when control leaves it: guards and variables with `__free()`. */
import { check } from './scenario';

const HEAD = 'static DEFINE_MUTEX(m); static DEFINE_SPINLOCK(l); static int n; ';

describe('guards', () => {
  const cases: Record<string, string> = {
    'end of the block':
      'task main { { guard(mutex)(&m); expect(mutex_is_locked(&m)); } expect(!mutex_is_locked(&m)); }',
    'the last one first':
      'task main { { guard(mutex)(&m); guard(spinlock_irqsave)(&l); expect(irqs_disabled()); } expect(!irqs_disabled()); expect(!in_atomic()); expect(!mutex_is_locked(&m)); }',
    'return: its value is read before':
      'static int f(void) { int *p __free(kfree) = kmalloc(4, GFP_KERNEL); if (!p) return 3; guard(mutex)(&m); *p = 3; return *p; } task main { expect(f() == 3); expect(!mutex_is_locked(&m)); }',
    'break and continue':
      'task main { for (int i = 0; i < 4; i++) { guard(spinlock)(&l); if (i == 1) continue; if (i == 3) break; n++; } expect(n == 2); expect(!in_atomic()); expect(!spin_is_locked(&l)); }',
    'a switch':
      'task main { switch (n) { case 0: { guard(preempt)(); n = 1; break; } default: n = 2; } expect(n == 1); expect(!in_atomic()); }',
    'goto out of scopes, and back':
      'task main { again: { guard(mutex)(&m); { guard(rcu)(); if (n++ < 2) goto again; if (n == 3) goto out; } } out: expect(n == 3); expect(!mutex_is_locked(&m)); expect(!in_atomic()); }',
    'scoped_guard: what follows is outside':
      'task main { scoped_guard(mutex, &m) { expect(mutex_is_locked(&m)); n = 1; } expect(!mutex_is_locked(&m)); scoped_guard(mutex, &m) n++; expect(n == 2); expect(!mutex_is_locked(&m)); }',
    'break leaves a scoped_guard, not the loop around it':
      'task main { for (int i = 0; i < 3; i++) { scoped_guard(spinlock, &l) { if (i == 1) break; n++; } n += 10; } expect(n == 32); expect(!in_atomic()); }',
    'return in a scoped_guard':
      'static int f(int x) { scoped_guard(mutex, &m) return x + n; return 0; } task main { n = 4; expect(f(3) == 7); expect(!mutex_is_locked(&m)); }',
    'the lock that was taken is released, whatever its pointer is then':
      'struct dev { struct mutex lock; }; static struct dev a, b; task main { struct dev *d = &a; mutex_init(&a.lock); mutex_init(&b.lock); { guard(mutex)(&d->lock); d = &b; } expect(!mutex_is_locked(&a.lock)); expect(d == &b); }',
    'in a statement expression':
      'task main { int x = ({ guard(mutex)(&m); n = 5; n + mutex_is_locked(&m); }); expect(x == 6); expect(!mutex_is_locked(&m)); }',
    'no_free_ptr and return_ptr':
      'static int *make(void) { int *p __free(kfree) = kmalloc(4, GFP_KERNEL); if (!p) return NULL; *p = 9; return_ptr(p); } task main { int *p __free(kfree) = make(); int *q; expect(p && *p == 9); q = no_free_ptr(p); expect(!p); kfree(q); }',
    'neither NULL nor an error is freed':
      'task main { { int *p __free(kfree) = NULL; int *q __free(kfree) = ERR_PTR(-ENOMEM); n = !p && IS_ERR(q); } expect(n); }',
    'interrupts as they were':
      'task main { local_irq_disable(); { guard(irqsave)(); } expect(irqs_disabled()); local_irq_enable(); { guard(irq)(); expect(irqs_disabled()); } expect(!irqs_disabled()); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => check(HEAD + text));
});
