/**
 * A kernel version is a profile and nothing else: a made-up one, whose GFP bits, struct page, page flags, error numbers, poison and first
 * jiffy are not those of 6.1, is checked, linted, run and shown by its own facts.
 */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import type { Stop } from '../../server/debugger/stops';
import { scopesOf } from '../../server/debugger/tree/scopes';
import type { Node } from '../../server/debugger/tree/treeNode';
import { bootKernel } from '../../server/kernel/kernel';
import { hover } from '../../server/language/ide/hover';
import { lint } from '../../server/language/ide/lint';
import { gfpBits, gfpMasks } from '../../server/profiles/6.1/gfpBits';
import { linux61 } from '../../server/profiles/6.1/linux61';
import type { Profile } from '../../server/profiles/profile';
import { defaultMachine, PROFILES, profileFor } from '../../server/profiles/profiles';
import type { RecordedField } from '../../server/types/layout';

/** Each bit with the one that takes its place. */
const bits = {
  ...gfpBits,
  __GFP_ZERO: gfpBits.__GFP_DIRECT_RECLAIM,
  __GFP_DIRECT_RECLAIM: gfpBits.__GFP_ZERO,
  __GFP_COMP: gfpBits.__GFP_KSWAPD_RECLAIM,
  __GFP_KSWAPD_RECLAIM: gfpBits.__GFP_COMP,
  __GFP_HIGH: gfpBits.__GFP_NOWARN,
  __GFP_NOWARN: gfpBits.__GFP_HIGH,
};

/** struct page, and struct slab over it, with memcg_data behind flags, and everything between them 8 bytes further on. */
function moved(tag: 'page' | 'slab'): readonly (number | Readonly<Record<string, RecordedField>>)[] {
  const [size, fields] = linux61.types.recorded.x86_64[tag] ?? [];
  assert.ok(typeof fields === 'object');
  const move = (offset: number): number => (offset === 0 ? 0 : offset === 56 ? 8 : offset + 8);
  const entries = Object.entries(fields).map(([name, [offset, ...rest]]): [string, RecordedField] => [
    name,
    [move(Number(offset)), ...rest],
  ]);
  return [size ?? 0, Object.fromEntries(entries)];
}
const madeUp: Profile = {
  ...linux61,
  version: '7.7',
  gfp: { ...linux61.gfp, bits, masks: gfpMasks(bits) },
  types: {
    ...linux61.types,
    recorded: {
      ...linux61.types.recorded,
      x86_64: { ...linux61.types.recorded.x86_64, page: moved('page'), slab: moved('slab') },
    },
  },
  pageFlags: [...linux61.pageFlags].reverse(),
  pageTypes: { ...linux61.pageTypes, buddy: 0x200, table: 0x80 },
  errno: { ...linux61.errno, ECANCELED: 140, EMADEUP: 125 },
  poison: { ...linux61.poison, list1: 0x300, list2: 0x322 },
  initialJiffies: 1000,
};
const profiles = [madeUp];
const machine = (version: string): string => `machine { kernel = "${version}"; memory = 64M; cpus = 1; }\n`;

const SOURCE = `${machine('7.7')}
static LIST_HEAD(queue);
static struct list_head entry;
static int cancelled = -140, madeup = -125;
static int same_page_zeroed(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);
	unsigned long *bytes = page_address(page), old = page_to_pfn(page);

	bytes[0] = 0x1234;
	__free_pages(page, 0);
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
	bytes = page_address(page);
	old = bytes[0] == 0 && page_to_pfn(page) == old;
	__free_pages(page, 0);
	return old;
}
task main {
	gfp_t mask = GFP_KERNEL | __GFP_ZERO;
	struct page *page;
	struct page *tail;

	expect(jiffies >= 1000 && jiffies < 1100);
	expect(offsetof(struct page, _refcount) == 60 && offsetof(struct page, lru) == 16);
	expect(__GFP_ZERO == 0x400 && __GFP_DIRECT_RECLAIM == 0x100 && PG_head != 16);
	expect(same_page_zeroed());
	page = alloc_pages(mask | __GFP_COMP, 2);
	expect(page != NULL);
	expect(page_count(page) == 1 && *(int *)((char *)page + 60) == 1);
	expect(PageHead(page) && compound_order(page) == 2);
	tail = page + 3;
	expect(PageTail(tail) && compound_head(tail) == page);
	expect(*(unsigned long *)((char *)tail + 16) == (unsigned long)page + 1);
	printk("%pGg\\n", &mask);
	list_add(&entry, &queue);
	list_del(&entry);
	expect((unsigned long)entry.next == 0xdead000000000300UL && entry.prev == LIST_POISON2);
	printk("%pe\\n", ERR_PTR(-140));
	__free_pages(page, 2);
	expect(PageBuddy(pfn_to_page(page_to_pfn(page))) || page_count(page) == 0);
	expect(alloc_pages(mask, 12) == NULL);
}
`;

function load(text: string): Session {
  const loaded = loadScenario('/s.kmem', text, { profiles });
  if ('problems' in loaded) assert.fail(loaded.problems.join('\n'));
  return loaded.session;
}
/** A session stopped on the line that holds a text. */
function at(part: string): Session {
  const s = load(SOURCE);
  s.breakpoints.setLines(0, [{ line: SOURCE.slice(0, SOURCE.indexOf(part)).split('\n').length }]);
  s.beginContinue();
  assert.equal(s.run().kind, 'breakpoint');
  return s;
}
/** The codes of what the linter finds, with the text that each finding marks. */
function findings(text: string): string[] {
  return lint({ path: 's.kmem', text }, { profiles }).diagnostics.map(
    (d) => `${d.code}: ${text.slice(d.span.start, d.span.end)}`,
  );
}

describe('a second profile', () => {
  it('is selected by its version alone', () => {
    assert.equal(profileFor('7.7', profiles), madeUp);
    assert.equal(profileFor('7.7.3', profiles), madeUp);
    assert.equal(profileFor('6.1', profiles), linux61);
    assert.equal(profileFor('5.10', profiles), linux61);
    assert.equal(profileFor('7.7'), PROFILES.at(-1));
  });

  it('tells the linter which mask sleeps', () => {
    const inInterrupt = (version: string, mask: string): string[] =>
      findings(
        `${machine(version)}irq rx { struct page *p = alloc_pages(${mask}, 0); if (p) __free_pages(p, 0); }\ntask main { sim_raise(rx); }\n`,
      ).map((finding) => finding.replace(/:.*/, ''));
    for (const version of ['6.1', '7.7']) {
      assert.deepEqual(inInterrupt(version, 'GFP_KERNEL'), ['sleep-in-atomic'], version);
      assert.deepEqual(inInterrupt(version, 'GFP_ATOMIC | __GFP_ZERO'), [], version);
    }
    const sleeps = (version: string, mask: string): boolean =>
      inInterrupt(version, `(gfp_t)${mask}`).includes('sleep-in-atomic');
    assert.deepEqual([sleeps('6.1', '0x400'), sleeps('6.1', '0x100')], [true, false]);
    assert.deepEqual([sleeps('7.7', '0x400'), sleeps('7.7', '0x100')], [false, true]);
  });

  it('tells a hover which bits a mask has', () => {
    const text = `${machine('7.7')}task main { gfp_t mask = GFP_ATOMIC; }\n`;
    const { program } = lint({ path: 's.kmem', text }, { profiles });
    const { markdown = '' } = hover(program, 0, text.indexOf('GFP_ATOMIC') + 2) ?? {};
    assert.match(markdown, /GFP_ATOMIC = 270848 \(0x42200\)/);
    assert.match(markdown, /does not sleep/);
    assert.match(markdown, /`__GFP_KSWAPD_RECLAIM`/);
    assert.doesNotMatch(markdown, /`__GFP_COMP`/);
  });

  it('runs: masks, struct page, poison, error numbers and jiffies are its own', () => {
    const s = load(SOURCE);
    let stop: Stop;
    do {
      s.beginContinue();
      stop = s.run();
    } while (stop.kind !== 'end');
    const { target } = s;
    const failed = target.log.entries.filter((e) => e.kind !== 'print').map((e) => [e.text, ...e.lines].join('\n'));
    assert.deepEqual(
      failed.map((text) => text.split('\n')[0]),
      ['WARNING: CPU: 0 PID: 12 at mm/page_alloc.c:5634 __alloc_pages+0x26/0x30'],
      failed.join('\n'),
    );
    const expectations = ['kmem_expect_passed', 'kmem_expect_failed'].map((name) => target.kernel.vars.read(name));
    assert.deepEqual(expectations, [SOURCE.split('expect(').length - 1, 0]);
    const lines = target.log.entries.filter((e) => e.kind === 'print').map((e) => e.text);
    assert.deepEqual(lines, ['GFP_KERNEL|__GFP_ZERO', '-ECANCELED']);
  });

  it('shows its fields at its offsets and its masks by name', () => {
    const s = at('printk("%pGg');
    const frame = s.topFrame();
    const check = (expression: string, expected: string | RegExp): void => {
      const { value } = s.evaluate(expression, frame);
      if (typeof expected === 'string') assert.equal(value, expected, expression);
      else assert.match(value, expected, `${expression} is ${value}`);
    };
    check('mask', '0x405c0 GFP_KERNEL|__GFP_ZERO');
    check('page->_refcount', '1');
    check('&page->_refcount', /\+ 0x3c$/);
    check('*(int *)((char *)page + 60)', '1');
    check('tail->compound_head', /^0xffffea[0-9a-f]+ tail of page pfn 0x[0-9a-f]+$/);
    check('page->flags', /^0x[0-9a-f]+\(head\|node=0\|zone=1/);
    check('cancelled', '-140 (-ECANCELED)');
    check('madeup', '-125 (-EMADEUP)');
    check('(void *)0xdead000000000300', '0xdead000000000300 LIST_POISON1');
    check('(void *)0xdead000000000100', /not mapped|general/);
    assert.ok(frame);
    const locals = scopesOf(s.context(), s.target, frame)[0]?.children?.() ?? [];
    const page = locals.find((n) => n.name === 'page');
    const fields = page?.children?.() ?? [];
    const field = (name: string): Node | undefined => fields.find((n) => n.name === name);
    const offsetOf = (name: string): number =>
      (field(name)?.location?.address ?? 0) - (field('flags')?.location?.address ?? 0);
    assert.deepEqual(['lru', 'mapping', '_refcount'].map(offsetOf), [16, 32, 60]);
    assert.equal(field('_refcount')?.value, '1');
  });

  it('boots by itself, and one that the allocator can’t follow is refused', () => {
    const config = { ...defaultMachine(madeUp), memory: 64 << 20 };
    const kernel = bootKernel(config, { profile: madeUp });
    assert.equal(kernel.layouts.offset('page', 'lru'), 16);
    const pfn = kernel.pageAlloc.allocPages(madeUp.gfp.masks.GFP_KERNEL, 0);
    assert.equal(kernel.space.readS32(kernel.pages.pageAddr(pfn) + 60), 1);
    const refuse = (changes: Partial<Profile>, message: RegExp): void => {
      assert.throws(() => bootKernel(config, { profile: { ...madeUp, ...changes } }), message);
    };
    const high = { ...bits, __GFP_DMA: bits.__GFP_IO, __GFP_IO: bits.__GFP_DMA };
    refuse({ gfp: { ...madeUp.gfp, bits: high, masks: gfpMasks(high) } }, /not the lowest of gfp_t/);
    const enumConstants: Profile['types']['enumConstants'] = (arch) => ({
      ...linux61.types.enumConstants(arch),
      migratetype: ['MIGRATE_MOVABLE', 'MIGRATE_UNMOVABLE'],
    });
    refuse({ types: { ...madeUp.types, enumConstants } }, /enum migratetype is MIGRATE_MOVABLE/);
  });
});
