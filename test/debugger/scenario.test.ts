/** The debugger on real scenarios: watches over scenario and kernel, changes, time, interrupts, the end. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf } from '../../server/debugger/inspect/view';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import type { Stop } from '../../server/debugger/stops';
import { scopesOf } from '../../server/debugger/tree/scopes';
import type { Node } from '../../server/debugger/tree/treeNode';

function load(text: string): Session {
  const loaded = loadScenario('/s.kmem', text);
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  return loaded.session;
}
const SOURCE = `
machine { memory = 128M; cpus = 2; ARCH }
struct item { int value; char name[8]; struct list_head node; struct { unsigned a : 3; unsigned b : 5; }; };
static struct item items[3];
static LIST_HEAD(queue);
static DEFINE_SPINLOCK(lock);
static unsigned long count;
static u64 wide = 0x123456789abcdef0;
static void (*callback)(void);
static int add(struct item *item, int value)
{
	int twice;

	item->value = value;
	twice = value * 2;
	list_add_tail(&item->node, &queue);
	count++;
	return twice;
}
static void nothing(void) { count += 100; }
irq line {
	spin_lock(&lock);
	count += 10;
	spin_unlock(&lock);
}
task main on cpu 0 {
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
	gfp_t mask = GFP_ATOMIC;
	int got = 0;

	callback = nothing;
	got += add(&items[0], 7);
	got += add(&items[1], 9);
	sim_raise(line);
	printk("got %d count %lu\\n", got, count);
	__free_pages(page, 1);
	got = 0;
}
`;
const lineOf = (part: string, after = 0) => SOURCE.slice(0, SOURCE.indexOf(part, after)).split('\n').length;
/** A session stopped on the line that holds a text. */
function at(part: string, arch = ''): Session {
  const s = load(SOURCE.replace('ARCH', arch));
  s.breakpoints.setLines(0, [{ line: lineOf(part) }]);
  s.beginContinue();
  assert.equal(s.run().kind, 'breakpoint');
  return s;
}
const go = (s: Session, how: 'beginContinue' | 'beginReverse'): Stop => {
  s[how]();
  return s.run();
};
const value = (s: Session, text: string): string => s.evaluate(text, s.topFrame()).value;
function find(s: Session, scope: string, ...names: string[]): Node {
  const frame = s.topFrame();
  assert.ok(frame);
  let node: Node | undefined = scopesOf(s.context(), s.target, frame).find((n) => n.name.startsWith(scope));
  for (const name of names) {
    const children: readonly Node[] | undefined = node?.children?.();
    node = children?.find((n) => n.name.startsWith(name));
    assert.ok(node, `${name} among ${children?.map((n) => n.name).join(', ')}`);
  }
  return node as Node;
}

describe('debugger on scenarios', () => {
  it('watches over the scenario and the kernel’s own symbols', () => {
    const s = at('printk("got');
    const check = (text: string, expected: string | RegExp) => {
      if (typeof expected === 'string') assert.equal(value(s, text), expected, text);
      else assert.match(value(s, text), expected, text);
    };
    check('got', '32');
    check('got,x', '0x20');
    check('count', '12');
    check('mask', /^0xa?20 .*GFP_ATOMIC|^0x820|^0xa20/);
    check('page', /^0xffffea[0-9a-f]+ page pfn 0x[0-9a-f]+$/);
    check('page->_refcount', /^1/);
    check('*page', /^pfn 0x[0-9a-f]+, _refcount 1 · DMA32$/);
    check('page_count(page)', '1');
    check('page->flags', /^0x[0-9a-f]+\(.*zone=1/);
    check('pfn_to_page(0x1000)->flags,x', /^0x/);
    check('page_to_pfn(page) == pfn_to_page(page_to_pfn(page)) - pfn_to_page(0)', '1');
    check('NODE_DATA(0)->node_zones[1]._watermark[WMARK_LOW]', /^[0-9]+/);
    check('sizeof(struct page)', '64');
    check('page->lru', 'taken off its list (next NULL, prev LIST_POISON2)');
    check('&page->lru', /page pfn 0x[0-9a-f]+ \+ 0x8$/);
    check('((struct page *)0xffffea0000040000)->flags', /reserved/);
    check('(struct page *)0xffffea0000040000', /page pfn 0x1000/);
    check('current->comm', '"main"');
    check('current->pid', '12');
    check('items[1].value', '9');
    check('&items[1]', /<items\[1\]>$/);
    check('&items[1].name', /<items\[1\]\.name>/);
    check('callback', /<nothing>$/);
    check('wide,x', '0x123456789abcdef0');
    check('wide,b', /^0b1001000110100/);
    check('list_empty(&queue)', /^(0|false)$/);
    check('list_first_entry(&queue, struct item, node)->value', '7');
    check('container_of(&items[0].node, struct item, node) == &items[0]', '1');
    check('in_atomic()', /^(0|false)$/);
    check('page_zone(page)->managed_pages', /^\d+ \(/);
    check('min(got, 5)', '5');
    check('GFP_KERNEL', /GFP_KERNEL/);
    check('jiffies', /^\d+/);
    check('lock', 'unlocked');
  });
  it('refuses to change anything, and changes nothing', () => {
    const s = at('printk("got');
    const { mem } = s.target.kernel;
    const before = [mem.hash(), mem.journal.end, mem.journal.position, s.target.log.entries.length];
    for (const text of [
      'got = 3',
      'got++',
      'add(&items[2], 1)',
      'alloc_page(GFP_KERNEL)',
      'spin_lock(&lock)',
      'printk("x")',
      'list_add(&items[2].node, &queue)',
      'nope',
      '*(int *)0',
      'got +',
      'page->nothing',
    ]) {
      assert.throws(() => value(s, text), Error, text);
      assert.deepEqual([mem.hash(), mem.journal.end, mem.journal.position, s.target.log.entries.length], before, text);
    }
    s.run();
    assert.deepEqual(mem.hash(), before[0]);
  });
  it('watches in the past show the past', () => {
    const s = at('printk("got');
    assert.equal(value(s, 'count'), '12');
    s.breakpoints.setLines(0, []);
    go(s, 'beginReverse');
    assert.equal(value(s, 'count'), '0');
    assert.equal(value(s, 'list_empty(&queue)'), '1');
  });
  it('locals: shadow, scope, what was never written', () => {
    const s = load(SOURCE.replace('ARCH', ''));
    s.breakpoints.setLines(0, [{ line: lineOf('item->value = value') }]);
    go(s, 'beginContinue');
    assert.match(find(s, 'Locals', 'twice').value, /not written yet/);
    assert.doesNotMatch(find(s, 'Locals', 'value').value, /not written/);
    assert.equal(find(s, 'Locals', 'item', 'value').value, '0');
    assert.equal(find(s, 'Locals', 'item', 'value').evaluateName, 'item->value');
  });
  it('a list of the scenario opens to its entries', () => {
    const s = at('printk("got');
    const queue = find(s, 'Globals', 'queue');
    assert.equal(queue.value, '2 entries');
    assert.deepEqual(
      queue.children?.().map((n) => n.children?.()[0]?.value),
      ['7', '9'],
    );
  });
  it('the context inside an interrupt: why it may not sleep', () => {
    const s = at('count += 10;');
    assert.equal(find(s, 'Context', 'may sleep').value, 'no: in a hard interrupt; holds lock (spinlock)');
    assert.equal(find(s, 'Context', 'preempt_count', 'hardirq').value, '1');
    assert.equal(find(s, 'Context', 'interrupts').value, 'off');
    assert.match(find(s, 'Context', 'held locks', '#0').value, /lock \(spinlock\), taken at s\.kmem:\d+/);
    const frames = s.frames(s.task).filter((f) => f.statement >= 0);
    assert.deepEqual(
      frames.map((f) => f.kind),
      ['irq', 'task'],
    );
  });
  it('steps over calls and interrupts, into them, out of them, and back', () => {
    const s = at('got += add(&items[0]');
    const where = () => s.index.positionOf(s.moment.statement)?.line;
    const step = (kind: 'in' | 'over' | 'out' | 'back') => {
      s.beginStep(kind, s.task, 'statement');
      s.run();
      return where();
    };
    const first = lineOf('got += add(&items[0]');
    assert.equal(step('over'), first + 1);
    assert.equal(step('back'), first);
    assert.equal(step('in'), lineOf('item->value = value'));
    assert.equal(step('out'), first + 1);
    assert.equal(step('over'), lineOf('sim_raise'));
    assert.equal(step('in'), lineOf('spin_lock(&lock)'));
    assert.equal(step('out'), lineOf('printk("got'));
    assert.equal(step('back'), lineOf('sim_raise'));
    assert.equal(step('over'), lineOf('printk("got'));
  });
  it('finds the last write: a data breakpoint backwards', () => {
    const s = at('printk("got');
    const { location } = s.evaluate('count', s.topFrame());
    assert.ok(location);
    s.breakpoints.setLines(0, []);
    s.breakpoints.setData([{ address: location.address, length: 8, name: 'count' }]);
    const stop = go(s, 'beginReverse');
    assert.equal(stop.kind, 'data breakpoint');
    assert.match(stop.text ?? '', new RegExp(`written by line ${lineOf('count += 10;')}; it is 2 before`));
    assert.match(go(s, 'beginReverse').text ?? '', new RegExp(`written by line ${lineOf('count++')}; it is 1`));
  });
  it('read-only data is not written', () => {
    const s = load(
      'machine { memory = 64M; } static const int k = 5; static int n; task main { char *p = "abc"; int *q = (int *)&k;\nn = 1; }',
    );
    s.breakpoints.setLines(0, [{ line: 2 }]);
    assert.equal(go(s, 'beginContinue').kind, 'breakpoint');
    const refused = /^Error: the page of 0x[0-9a-f]+ is read-only: a write to it would be an oops$/;
    const end = s.target.kernel.mem.journal.end;
    const frame = s.topFrame();
    assert.throws(() => s.assignTo('p[0]', '65', frame), refused);
    assert.throws(() => s.assignTo('*q', '6', frame), refused);
    assert.throws(() => s.console('p[0]++', frame, 'natural', false), refused);
    const { location } = s.evaluate('*q', frame);
    assert.ok(location);
    assert.throws(() => s.writeBytes(location.address, Uint8Array.of(1)), refused);
    assert.equal(s.target.kernel.mem.journal.end, end);
    assert.equal(value(s, 'k'), '5');
  });
  it('a change in the past makes another future', () => {
    const s = at('got += add(&items[1]');
    const set = (text: string, to: string) => {
      const { location } = s.evaluate(text, s.topFrame());
      assert.ok(location, text);
      s.assign(location, to, s.topFrame());
    };
    set('got', '1000');
    set('items[0].a', '5');
    set('items[0].b', '31');
    set('callback', 'NULL');
    assert.deepEqual([value(s, 'items[0].a'), value(s, 'items[0].b')], ['5', '31']);
    set('items[0].a', '2');
    assert.deepEqual([value(s, 'items[0].a'), value(s, 'items[0].b')], ['2', '31']);
    assert.equal(value(s, 'callback'), 'NULL');
    assert.throws(() => set('items[0].b', '64'), /does not fit/);
    assert.throws(() => set('got', 'page'), /without a cast/);
    assert.throws(() => set('items[0]', '1'), /has the type int, not struct \w+: .*one of the fields/);
    s.breakpoints.setLines(0, []);
    assert.equal(go(s, 'beginContinue').kind, 'end');
    assert.match(s.target.log.entries.map((e) => e.text).join(), /got 1018 count 12/);
  });
  it('a packed bit-field is shown, set and watched by the bytes that hold it', () => {
    const s = load(
      'machine { memory = 128M; cpus = 1; }\nstatic struct { u32 a:3; u32 b:30; u8 c; u64 d:4; } __packed v = { 5, 0x2aaaaaaa, 0x77, 9 };\ntask main {\n\tv.c = 0x78;\n\tv.b = 3;\n\tprintk("%x", v.b);\n}\n',
    );
    const values = () => ['v.a', 'v.b', 'v.c', 'v.d'].map((name) => value(s, name));
    assert.deepEqual(values(), ['5', '715827882', '119', '9']);
    s.assignTo('v.b', '0x15555555', s.topFrame());
    assert.deepEqual(values(), ['5', '357913941', '119', '9']);
    s.assignTo('v.d', '15', s.topFrame());
    assert.deepEqual(values(), ['5', '357913941', '119', '15']);
    assert.throws(() => s.assignTo('v.b', '0x40000000', s.topFrame()), /does not fit/);
    const { location } = s.evaluate('v.b', s.topFrame());
    assert.ok(location);
    const { address, length } = bytesOf(location);
    assert.equal(length, 5);
    s.breakpoints.setData([{ address, length, name: 'v.b' }]);
    assert.match(go(s, 'beginContinue').text ?? '', /written by line 5/);
    assert.deepEqual(values(), ['5', '3', '120', '15']);
  });
  it('bytes: read and written anywhere, holes refused', () => {
    const s = at('printk("got');
    const { location } = s.evaluate('items[2].name', s.topFrame());
    assert.ok(location);
    assert.equal(s.writeBytes(location.address, new TextEncoder().encode('hey\0')), 4);
    assert.equal(value(s, 'items[2].name'), '"hey"');
    assert.equal(s.writeBytes(0x10, new Uint8Array(4)), 0);
    assert.equal(s.timeline.live, true, 'the future is gone');
  });
  it('the end: stops there, shows the last position, goes back, reports how it ended', () => {
    const s = load(SOURCE.replace('ARCH', ''));
    const stop = go(s, 'beginContinue');
    assert.deepEqual([stop.kind, stop.description], ['end', 'the end of the scenario']);
    assert.equal(s.finished, true);
    assert.equal(s.frames(s.task)[0]?.name, 'the end of the scenario');
    assert.ok(scopesOf(s.context(), s.target, s.frames(s.task)[0] as never).length > 3);
    s.beginStep('back', s.task, 'statement');
    assert.equal(s.run().kind, 'step');
    assert.equal(s.index.positionOf(s.moment.statement)?.line, lineOf('got = 0;', SOURCE.indexOf('__free_pages(page')));
  });
  it('a NULL pointer is an exception at its line, with the machine as it was', () => {
    const s = load(
      'machine { memory = 128M; cpus = 1; }\nstruct s { long pad; long field; };\ntask main {\n\tstruct s *p = NULL;\n\n\tp->field = 3;\n}\n',
    );
    const stop = go(s, 'beginContinue');
    assert.equal(stop.kind, 'exception');
    assert.equal(stop.description, 'Kernel BUG');
    assert.match(stop.text ?? '', /KASAN: null-ptr-deref/);
    assert.equal(s.index.positionOf(s.moment.statement)?.line, 6);
    assert.equal(value(s, 'p'), 'NULL');
    const next = go(s, 'beginContinue');
    assert.equal(next.description, 'Kernel oops');
    assert.match(next.text ?? '', /NULL pointer dereference/);
  });
  it('stops at each call that must not sleep, whether the kernel reports it or not', () => {
    const s = load(
      'machine { memory = 128M; }\ntask main {\n\tpreempt_disable();\n\tmight_sleep();\n\tmight_sleep();\n\tpreempt_enable();\n}\n',
    );
    for (const line of [4, 5]) {
      const stop = go(s, 'beginContinue');
      assert.deepEqual([stop.kind, stop.description], ['exception', 'Kernel BUG']);
      assert.match(stop.text ?? '', /^BUG: sleeping function called from invalid context/);
      assert.equal(s.index.positionOf(s.moment.statement)?.line, line);
    }
    assert.equal(go(s, 'beginContinue').kind, 'end');
  });
  for (const arch of ['i386', 'i386_pae'])
    it(`on ${arch}`, () => {
      const s = at('printk("got', `arch = ${arch};`);
      assert.equal(value(s, 'sizeof(struct page)'), '40');
      assert.match(value(s, 'page'), /^0x[0-9a-f]{8} page pfn/);
      assert.equal(value(s, 'current->comm'), '"main"');
      assert.equal(value(s, 'count'), '12');
    });
  it('a function that begins with a loop is entered once a call', () => {
    const s = load(
      'machine { memory = 128M; cpus = 1; }\nstatic int n;\nstatic void drain(void)\n{\n\twhile (n--)\n\t\t;\n}\ntask main {\n\tn = 3;\n\tdrain();\n\tn = 2;\n\tdrain();\n}\n',
    );
    s.breakpoints.setFunctions([{ name: 'drain' }]);
    const entered = ['3', '2'];
    for (const n of entered) assert.deepEqual([go(s, 'beginContinue').kind, value(s, 'n')], ['function breakpoint', n]);
    assert.equal(go(s, 'beginContinue').kind, 'end');
    for (const n of entered.reverse())
      assert.deepEqual([go(s, 'beginReverse').kind, value(s, 'n')], ['function breakpoint', n]);
    assert.equal(go(s, 'beginReverse').kind, 'start');
  });
  it('a function that calls itself is entered at each depth', () => {
    const s = load(
      'machine { memory = 128M; cpus = 1; }\nstatic int down(int n)\n{\n\treturn n ? down(n - 1) : 7;\n}\ntask main {\n\tdown(3);\n}\n',
    );
    s.breakpoints.setFunctions([{ name: 'down' }]);
    const entered = ['3', '2', '1', '0'];
    for (const n of entered) assert.deepEqual([go(s, 'beginContinue').kind, value(s, 'n')], ['function breakpoint', n]);
    assert.equal(go(s, 'beginContinue').kind, 'end');
    for (const n of entered.reverse())
      assert.deepEqual([go(s, 'beginReverse').kind, value(s, 'n')], ['function breakpoint', n]);
  });
  it('a data breakpoint tells old and new values of every width', () => {
    const s = load(
      'machine { memory = 128M; cpus = 1; }\nstatic struct { u8 a; u16 b; u32 c; u64 d; u8 e[3]; } v;\ntask main {\n\tv.a = 200;\n\tv.b = 60000;\n\tv.c = 70000;\n\tv.d = 1;\n\tv.e[1] = 1;\n}\n',
    );
    const lengths = { a: 1, b: 2, c: 4, d: 8, e: 3 };
    s.breakpoints.setData(
      Object.entries(lengths).map(([name, length]) => {
        const { location } = s.evaluate(`v.${name}`, s.topFrame());
        assert.ok(location);
        return { address: location.address, length, name };
      }),
    );
    assert.deepEqual(
      Object.keys(lengths).map(() => go(s, 'beginContinue').text?.replace(/, written.*/, '')),
      ['a: 0 → 200', 'b: 0 → 60000', 'c: 0 → 0x11170', 'd: 0 → 1', 'e written: still 3 bytes'],
    );
  });
  it('a pointer to characters shows them where they are printable', () => {
    const s = load(
      'machine { memory = 128M; cpus = 1; }\nstatic char text[4] = "a c", bytes[4] = { 1, 2, 3, 0 };\ntask main {\n\tchar *t = text, *b = bytes;\n\tprintk("here");\n}\n',
    );
    s.breakpoints.setLines(0, [{ line: 5 }]);
    go(s, 'beginContinue');
    assert.match(value(s, 't'), /^0x[0-9a-f]{16} "a c"$/);
    assert.match(value(s, 'b'), /^0x[0-9a-f]{16} <bytes>$/);
    assert.match(value(s, 'b,s'), /^0x[0-9a-f]{16} ".*"$/);
  });
  it('an interrupt of the examples can be watched by name', () => {
    const path = join(__dirname, '../../examples/nic-rx.kmem');
    const loaded = loadScenario(path, readFileSync(path, 'utf8'));
    assert.ok('session' in loaded);
    const s = loaded.session;
    s.breakpoints.setFunctions([{ name: 'nic_rx' }]);
    assert.equal(go(s, 'beginContinue').kind, 'function breakpoint');
    s.breakpoints.setFunctions([{ name: 'alloc_pages' }]);
    assert.equal(go(s, 'beginContinue').kind, 'function breakpoint');
    assert.equal(value(s, 'gfp'), '0xcc0 GFP_KERNEL');
  });
});
