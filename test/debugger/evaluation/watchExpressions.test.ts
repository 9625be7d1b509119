/** C expressions of watches: the arithmetic of the machine, pointers, members, and what is refused. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';
import { type Evaluated, EvaluationError } from '../../../server/debugger/target/target';
import type { Arch } from '../../../server/types/ctype';

const SOURCE = `
machine { arch = ARCH; memory = 128M; }
struct node { int value; struct node *next; unsigned int low : 3, high : 5; struct { short a; long b; }; char name[8]; };
enum colour { RED, GREEN = 5 };
static int n = -3;
static unsigned int u = 4000000000;
static unsigned long long wide = 1;
static unsigned char c = 200;
static struct node second = { .value = 42 };
static struct node first = { .value = 41, .next = &second, .low = 0b101, .high = 0b11001 };
static int grid[3][2] = { { 10, 11 }, { 12, 13 }, { 14, 15 } };
static enum colour paint = GREEN;
static bool yes;
static void work(void) { n = n + (int)u + (int)wide + c + first.value + second.value + grid[0][0] + paint + yes; }
task main { work(); }
`;
const made = new Map<Arch, Session>();
/** At the first statement. */
function session(arch: Arch): Session {
  const known = made.get(arch);
  if (known) return known;
  const loaded = loadScenario('/e.kmem', SOURCE.replace('ARCH', arch));
  if ('problems' in loaded) throw new assert.AssertionError({ message: loaded.problems.map((p) => p.text).join('\n') });
  made.set(arch, loaded.session);
  return loaded.session;
}
function evaluate(text: string, arch: Arch): Evaluated {
  const s = session(arch);
  return s.target.evaluate(text, s.topFrame());
}
function check(text: string, expected: bigint | number | boolean, arches: readonly Arch[] = ['x86_64', 'i386']): void {
  for (const arch of arches)
    assert.equal(
      evaluate(text, arch).value,
      typeof expected === 'boolean' ? (expected ? 1n : 0n) : BigInt(expected),
      `${text} on ${arch}`,
    );
}
function refused(text: string, why: RegExp): void {
  assert.throws(
    () => evaluate(text, 'x86_64'),
    (error: Error) => error instanceof EvaluationError && why.test(error.message),
    text,
  );
}

describe('watch expressions', () => {
  it('selections by type, statement expressions, the name of the function', () => {
    check('_Generic(u, int: 1, unsigned int: 2)', 2);
    check('_Generic(&first, struct node *: first.value, default: 0)', 41);
    check('__same_type(n, int)', true);
    check('({ int m = n; m * 2; })', -6);
    check("'ab'", 24930);
    check('(u64)(void *)0xc0001000UL', 0xffffffffc0001000n, ['i386', 'i386_pae']);
    check('(u64)(void *)0xc0001000UL', 0xc0001000, ['x86_64']);
    check('(int *)8 - (int *)0', 2);
    refused('({ while (n) ; n; })', /runs statements/);
    refused('({ n = 1; n; })', /read-only/);
    refused('__func__', /'main' does not use it/);
  });
  it('names of the address space and of folios', () => {
    check('PAGE_OFFSET', 0xffff888000000000n, ['x86_64']);
    check('PAGE_OFFSET', 0xc0000000, ['i386', 'i386_pae']);
    check('high_memory == __va((phys_addr_t)max_low_pfn << PAGE_SHIFT)', true);
    check('folio_pfn(page_folio(pfn_to_page(0x1234)))', 0x1234);
    check('folio_nr_pages(page_folio(pfn_to_page(0x1234)))', 1);
    check('folio_test_locked(page_folio(pfn_to_page(5))) || page_is_pfmemalloc(pfn_to_page(5))', false);
    refused('lock_page(pfn_to_page(5))', /read-only|changes|watch/);
  });
  it('page table entries: a member of a compound literal is its value', () => {
    check('pte_val(mk_pte(pfn_to_page(0x1234), __pgprot(_PAGE_PRESENT | _PAGE_RW)))', 0x1234003);
    check('pte_pfn(pfn_pte(n + 103, __pgprot(_PAGE_PROTNONE)))', 100, ['x86_64', 'i386', 'i386_pae']);
    check('pte_write(pte_wrprotect(pte_mkwrite(__pte(1))))', false);
    check('pte_write(pte_mkwrite(__pte(1)))', true);
    check('((pte_t){ 0x1ffffffffULL }).pte', 0x1ffffffffn, ['x86_64', 'i386_pae']);
    check('((pte_t){ 0x1ffffffffULL }).pte', 0xffffffff, ['i386']);
    check('((pte_t){ .pte = c }).pte', 200);
    refused('((struct node){ 1, &first }).next', /not stored in memory/);
    refused('(pte_t){ 5 }', /not stored in memory/);
    refused('((pte_t){ n++ }).pte', /read-only/);
  });
  it('integers: widths, signs, conversions', () => {
    check('n', -3);
    check('n + 1', -2);
    check('n < u', false);
    check('n < 1', true);
    check('u + 1000000000', 705032704);
    check('u * 1ULL + 1000000000', 5000000000);
    check('(unsigned char)300', 44);
    check('c + c', 400);
    check('~0', -1);
    check('-1 >> 1', -1);
    check('1u << 31', 2147483648);
    check('wide << 40', 1n << 40n);
    check('-7 / 2', -3);
    check('-7 % 2', -1);
    check('!n', false);
    check('n && u', true);
    check('0 || 0', false);
    check('n ? 1 : 2', 1);
    check('(bool)7', 1);
    check("'a'", 97);
    check('yes', false);
    check('(long)-1 == -1', true);
    check('0xffffffffffffffff', 2n ** 64n - 1n);
  });
  it('sizes follow the machine', () => {
    check('sizeof(long)', 8, ['x86_64']);
    check('sizeof(long)', 4, ['i386']);
    check('sizeof(struct page)', 64, ['x86_64']);
    check('sizeof(struct page)', 40, ['i386']);
    check('sizeof first', 48, ['x86_64']);
    check('sizeof(grid)', 24);
  });
  it('members, bit-fields, arrays, pointers', () => {
    check('first.value', 41);
    check('first.next->value', 42);
    check('(*first.next).value', 42);
    check('first.low', 0b101);
    check('first.high', 0b11001);
    check('grid[1][1]', 13);
    check('*(*(grid + 2) + 1)', 15);
    check('&grid[2] - &grid[0]', 2);
    check('&first == &second', false);
    check('(&first)->value', 41);
    check('paint == GREEN', true);
    check('first.next == &second', true);
    check('!first.next->next', true);
    assert.equal(evaluate('first', 'x86_64').address, session('x86_64').target.kernel.symbols.address('first'));
    assert.equal(evaluate('&first.b', 'i386').type.kind, 'pointer');
  });
  it('refuses to change the machine, and explains errors', () => {
    refused('n = 3', /would change the machine/);
    refused('n++', /would change the machine/);
    refused('work()', /code of the scenario/);
    refused('second.next->value', /second.next is NULL/);
    refused('1 / 0', /division by zero|zero/);
    refused('*(int *)0x10', /nothing is mapped/);
    refused('*(int *)0x1234567812345678', /which is not a canonical address/);
    refused('nothing_here', /nothing_here/);
    refused('first.', /./);
    refused('', /./);
  });
  it('names the part that failed', () => {
    refused('first.next->next->value + 1', /^first\.next->next is NULL$/);
    refused('n && second.next->value', /^second\.next is NULL$/);
    refused('*second.next == first', /./);
    refused('(n ? second.next : first.next)->value', /^this is NULL$/);
    refused('(!n ? second.next->value : 0) + 1 / (yes * n)', /^division by zero$/);
    refused('n / yes', /^division by zero$/);
    refused('(int)(1u << 31) / (n + 2)', /^the quotient does not fit into its type$/);
    refused('((struct node *)0xffff888100000000)->b', /^nothing is mapped at 0xffff888100000020, where b would be$/);
    refused('*(struct node *)0xffff888100000000', /^nothing is mapped at 0xffff888100000000$/);
    refused('((int *)0xffff888100000000)[1]', /^nothing is mapped at 0xffff888100000004$/);
    refused(
      '((struct node *)0x1234567812345678)->next->value',
      /^this is 0x1234567812345678, which is not a canonical address$/,
    );
    refused('grid[(int)first.next->next->value][0]', /^first\.next->next is NULL$/);
    refused('max(first.value, second.next->value)', /^second\.next is NULL$/);
    refused('page_count((struct page *)0x10)', /^nothing is mapped at 0x0*[0-9a-f]+$/);
  });
  it('runs macros that only read, and refuses others with a reason', () => {
    check('IS_ERR_OR_NULL(second.next)', true);
    check('PTR_ERR_OR_ZERO(first.next)', 0);
    check('PTR_ERR_OR_ZERO((void *)-12L)', -12);
    refused(
      'spin_trylock_irq((spinlock_t *)first.next)',
      /^this stores a value in a variable, and a watch is read-only$/,
    );
    refused('WARN_ON(n)', /^this runs statements, and a watch is read-only$/);
    refused('xchg(&n, 4)', /would change the machine/);
    refused('get_cpu_var(n)', /preempt_disable\(\) may change the machine/);
    refused('devm_kzalloc(NULL, 8, GFP_KERNEL)', /^only the linter knows devm_kzalloc\(\)/);
    refused('list_for_each(n)', /^only the linter knows list_for_each\(\)/);
    refused('this_cpu_sub(n, 1)', /would change the machine/);
  });
  it('looks only at what C evaluates', () => {
    check('second.next && second.next->value', false);
    check('!second.next || second.next->value', true);
    check('yes ? second.next->value : n', -3);
    check('(long)&second.next->next', 8, ['x86_64']);
    check('sizeof(second.next->value)', 4);
    check('max(n, first.value)', 41);
    check('max(min(n, 1), -5)', -3);
  });
  it('has an address where C has an lvalue', () => {
    for (const text of ['n', 'first.next->value', 'grid[1][1]', '*first.next', 'first.low', 'first', 'grid[1]', 'work'])
      assert.notEqual(evaluate(text, 'x86_64').address, undefined, text);
    for (const text of ['n + 1', '&n', '(long)n', 'max(n, 1)', 'GREEN', 'sizeof n', 'first.low + 0', 'yes ? n : n'])
      assert.equal(evaluate(text, 'x86_64').address, undefined, text);
    const { bitOffset, bitWidth } = evaluate('first.next->high', 'x86_64');
    assert.deepEqual([bitOffset, bitWidth], [3, 5]);
  });
  it('sees the registers of the frame it is asked in, and leaves them as they were', () => {
    const loaded = loadScenario(
      '/frames.kmem',
      `machine { memory = 64M; cpus = 2; }
static DEFINE_PER_CPU(int, mine);
static int twice(int v) { int w = v * 2; printk("here"); return w; }
static int outer(int v) { int w = v + 1; return twice(w); }
task first on cpu 1 { this_cpu_write(mine, 7); outer(10); }`,
    );
    if ('problems' in loaded)
      throw new assert.AssertionError({ message: loaded.problems.map((p) => p.text).join('\n') });
    const { session: s } = loaded;
    s.breakpoints.setFunctions([{ name: 'printk' }]);
    s.beginContinue();
    assert.equal(s.run().kind, 'function breakpoint');
    const [inner, caller] = s.frames(s.task);
    const before = JSON.stringify(s.target.kernel.journal.hash());
    const see = (text: string, frame = inner) => s.target.evaluate(text, frame).value;
    assert.deepEqual([see('v'), see('w'), see('v', caller), see('w', caller)], [11n, 22n, 10n, 11n]);
    assert.equal(see('mine'), 7n);
    assert.deepEqual([see('this_cpu_read(mine)'), see('*this_cpu_ptr(&mine)'), see('per_cpu(mine, 0)')], [7n, 7n, 0n]);
    assert.equal(see('*per_cpu_ptr(&mine, 1)'), 7n);
    assert.equal(see('&mine == per_cpu_ptr(&mine, 1)'), 1n);
    assert.equal(see('current->pid'), see('current->pid', caller));
    assert.throws(() => s.target.evaluate('v', undefined), /v/);
    assert.throws(() => see('w / 0 + v'), /division by zero/);
    s.beginContinue();
    s.run();
    assert.equal(s.target.log.entries.filter((e) => e.text === 'here').length, 1);
    assert.notEqual(before, JSON.stringify(s.target.kernel.journal.hash()));
  });
});
