// biome-ignore-all format: a table, one row per class
/**
 * What is undone when control leaves a scope: `guard(mutex)(&lock);`, `scoped_guard(rcu) { … }` and `struct foo *p __free(kfree) = …`, of
 * include/linux/cleanup.h and of the headers that define the classes, 6.5 to 6.12. kmem has them whatever the version: the emulated kernel
 * runs what they stand for.
 */
import type { MacroBody } from './macroBody';


/** A class of guards. In the calls, `__guard` is what the guard is given, and `__flags` a variable of its own. */
interface GuardClass {
  /** the type of what it is given; absent: nothing */
  readonly given?: string;
  readonly flags?: string;
  readonly begin: string;
  readonly end: string;
}
const of = (given: string, begin: string, end: string): GuardClass => ({ given: `${given} *`, begin: `${begin}(__guard)`, end: `${end}(__guard)` });
const saving = (given: string, begin: string, end: string): GuardClass => ({ given: `${given} *`, flags: 'unsigned long', begin: `${begin}(__guard, __flags)`, end: `${end}(__guard, __flags)` });
const alone = (begin: string, end: string): GuardClass => ({ begin: `${begin}()`, end: `${end}()` });
/** The variants of a lock that spins. */
const spinning = (name: string, type: string, lock: string, unlock: string): Record<string, GuardClass> => ({
  [name]: of(type, lock, unlock),
  [`${name}_irq`]: of(type, `${lock}_irq`, `${unlock}_irq`),
  [`${name}_irqsave`]: saving(type, `${lock}_irqsave`, `${unlock}_irqrestore`),
});

const classes: Readonly<Record<string, GuardClass>> = {
  mutex: of('struct mutex', 'mutex_lock', 'mutex_unlock'),
  ...spinning('spinlock', 'spinlock_t', 'spin_lock', 'spin_unlock'),
  ...spinning('raw_spinlock', 'raw_spinlock_t', 'raw_spin_lock', 'raw_spin_unlock'),
  ...spinning('read_lock', 'rwlock_t', 'read_lock', 'read_unlock'),
  ...spinning('write_lock', 'rwlock_t', 'write_lock', 'write_unlock'),
  spinlock_bh: of('spinlock_t', 'spin_lock_bh', 'spin_unlock_bh'),
  rwsem_read: of('struct rw_semaphore', 'down_read', 'up_read'),
  rwsem_write: of('struct rw_semaphore', 'down_write', 'up_write'),
  srcu: { given: 'struct srcu_struct *', flags: 'int', begin: '__flags = srcu_read_lock(__guard)', end: 'srcu_read_unlock(__guard, __flags)' },
  rcu: alone('rcu_read_lock', 'rcu_read_unlock'),
  preempt: alone('preempt_disable', 'preempt_enable'),
  migrate: alone('migrate_disable', 'migrate_enable'),
  irq: alone('local_irq_disable', 'local_irq_enable'),
  irqsave: { flags: 'unsigned long', begin: 'local_irq_save(__flags)', end: 'local_irq_restore(__flags)' },
  cpus_read_lock: alone('cpus_read_lock', 'cpus_read_unlock'),
};
/** By the class: how a pointer `_T` that is neither NULL nor an error is freed. `_asked` is the same variable. */
const frees: Readonly<Record<string, string>> = {
  kfree: 'kfree(_T)',
  kvfree: 'kvfree(_T)',
  kfree_sensitive: 'kfree_sensitive(_T)',
  bitmap: 'bitmap_free(_T)',
  free_page: 'free_page((unsigned long)_T)',
  put_device: 'put_device(_T)',
};
const read = (params: string[], form: MacroBody['form'], body: string): MacroBody => ({ params, form, body });

/** What a guard stands for: its beginning, the same around a statement (`__body`), and its end. */
export interface GuardMeaning {
  readonly begin: MacroBody;
  readonly scoped: MacroBody;
  readonly end: MacroBody;
}
const made = new Map<string, GuardMeaning>();
/** The meaning of a class; undefined where it is not known. */
export function guardMeaning(name: string): GuardMeaning | undefined {
  const known = made.get(name);
  if (known || !Object.hasOwn(classes, name)) return known;
  const { given, flags, begin, end } = classes[name] as GuardClass;
  const body = `${given ? `${given}__guard = (_lock); ` : ''}${flags ? `${flags} __flags; ` : ''}${begin};`;
  const params = given ? ['_lock'] : [];
  const meaning: GuardMeaning = {
    begin: read(params, 'stmt', body),
    scoped: read(params, 'stmt', `do { ${body} __body; } while (0);`),
    end: read([...(given ? ['__guard'] : []), ...(flags ? ['__flags'] : [])], 'expr', end),
  };
  made.set(name, meaning);
  return meaning;
}
/** What `__free(NAME)` does with its variable; undefined where the class is not known. */
export const freeMeaning = (name: string): MacroBody | undefined =>
  Object.hasOwn(frees, name) ? read(['_asked', '_T'], 'expr', `(IS_ERR_OR_NULL(_asked) ? (void)0 : (void)${frees[name]})`) : undefined;
export const GUARD_CLASSES: readonly string[] = Object.keys(classes);
export const FREE_CLASSES: readonly string[] = Object.keys(frees);

/** Bodies of those that are ordinary macros. */
export const guardMacros = {
  expressions: { 'no_free_ptr(p)': '({ typeof(p) __ptr = (p); (p) = NULL; __ptr; })' },
  statements: { 'return_ptr(p)': 'return no_free_ptr(p);' },
};
