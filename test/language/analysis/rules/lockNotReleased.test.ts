/** Entry points that return with something held. */
import { check } from '../marked';

describe('lock-not-released', () => {
  it('an early return', () => {
    check(`static DEFINE_SPINLOCK(l);
extern int n;
irq i {
    spin_lock(&l); // !lock-not-released
    if (n)
        return;
    spin_unlock(&l);
}
`);
  });
  it('a statement with labels is one with them', () => {
    check(`static DEFINE_SPINLOCK(l);
static DEFINE_SPINLOCK(m);
extern int n;
irq i {
    spin_lock(&l); // !lock-not-released
    if (n)
        out: return;
    spin_unlock(&l);
    spin_lock(&m); // !lock-not-released
    if (n == 3)
        goto out;
}
`);
  });
  it('cases have the type of the value', () => {
    check(`static DEFINE_SPINLOCK(l);
irq i {
    unsigned int n = 0xffffffff;
    switch (n) {
    case -1: spin_lock(&l); // !lock-not-released
    }
}
irq j {
    int n = -1;
    switch (n) {
    case 0xffffffff: spin_lock(&l); // !lock-not-released
    }
}
irq k {
    unsigned int n = 0xffffffff;
    switch (n) {
    case 0 ... 0xfffffffe: spin_lock(&l);
    }
}
`);
  });
  it('silent about helpers that hand the lock to their caller', () => {
    check(`static DEFINE_SPINLOCK(l);
static void enter(void)
{
    spin_lock(&l);
}
task t {
    enter();
    spin_unlock(&l);
}
`);
  });
  it('silent where one of the states that reach the return holds nothing', () => {
    check(`static DEFINE_SPINLOCK(l);
extern int n;
irq i {
    if (n & 6)
        spin_lock(&l);
    if (n & 6)
        spin_unlock(&l);
}
`);
  });
});
