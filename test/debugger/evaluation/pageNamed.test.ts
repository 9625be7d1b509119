/** The page that a pfn, an address or an expression means. */
import assert from 'node:assert/strict';
import { pageNamed } from '../../../server/debugger/evaluation/pageNamed';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';
import { EvaluationError } from '../../../server/debugger/target/target';

const load = (machine: string): Session => {
  const text = `machine { ${machine} }
static struct page *page;
static unsigned long pfn;
static void *mapped;
static struct page *none;
static struct { int a; } other;
task main {
	page = alloc_page(GFP_KERNEL);
	pfn = page_to_pfn(page);
	mapped = page_address(page);
	other.a = 1;
}
`;
  const loaded = loadScenario('/x.kmem', text);
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  const { session } = loaded;
  session.beginContinue();
  session.run();
  return session;
};
const hex = (n: number | bigint) => `0x${n.toString(16)}`;

for (const arch of ['x86_64', 'i386', 'i386_pae'])
  describe(`the page that is meant, on ${arch}`, () => {
    const session = load(`arch = ${arch}; memory = 512M;`);
    const { view, target } = session;
    const named = (text: string) => pageNamed(view, target, text, session.topFrame());
    const refused = (text: string, why: RegExp) =>
      assert.throws(
        () => named(text),
        (error: Error) => error instanceof EvaluationError && why.test(error.message),
      );
    const of = (expression: string) => target.evaluate(expression, undefined).value ?? 0n;
    const pfn = Number(of('pfn'));
    const end = view.kernel.pages.endPfn;

    it('a pfn, decimal or hexadecimal', () => {
      assert.equal(named(`${pfn}`), pfn);
      assert.equal(named(` ${hex(pfn)} `), pfn);
      assert.equal(named('0X0'), 0);
      assert.equal(named(`pfn ${end - 1}`), end - 1);
    });
    it('an address: of its struct page, in the direct map, physical', () => {
      const page = of('page');
      for (const address of [page, page + 8n, of('mapped'), of('mapped') + 0xabcn, BigInt(pfn) * 4096n + 5n])
        assert.equal(named(hex(address)), pfn, hex(address));
      assert.equal(named('phys 0x5123'), 5);
    });
    it('an expression that holds one', () => {
      for (const text of ['page', 'pfn', 'mapped', '*page', '&page->lru', 'page_folio(page)', 'pfn + 0', 'mapped + 8'])
        assert.equal(named(text), pfn, text);
    });
    it('past the end', () => {
      refused(
        `pfn ${end}`,
        new RegExp(`pfn ${hex(end)} is past the end: the last pfn of this machine is ${hex(end - 1)}`),
      );
      refused(`phys ${hex(end * 4096)}`, /the physical address 0x\w+ is past the end: the last pfn/);
      refused('0x123456789abcdef0123', /past the end/);
    });
    it('what is not a page', () => {
      refused('', /give a pfn/);
      refused('none', /none is NULL/);
      refused('other', /other holds neither a pfn nor an address/);
      refused('nosuch', /'nosuch' is not declared/);
      refused('0x', /0x/);
      // the last word of the address space
      refused(
        hex(BigInt.asUintN(view.abi.wordSize * 8, -8n)),
        /is not the address of a struct page, and no memory is mapped/,
      );
    });
    it('looking changes nothing', () => {
      const { position } = session.timeline;
      named('page');
      assert.equal(session.timeline.position, position);
    });
  });

describe('a page that is not there', () => {
  it('a pfn in a hole of a machine with one', () => {
    const session = load('memory = 4G;');
    const { view, target } = session;
    const { pages } = view.kernel;
    const size = view.layouts.size('page');
    let hole = 0;
    while (hole < pages.endPfn && view.mapped(pages.pageAddr(hole), size)) hole += 0x1000;
    assert.ok(hole < pages.endPfn, 'this machine has no hole');
    assert.throws(
      () => pageNamed(view, target, hex(hole), undefined),
      new RegExp(`pfn ${hex(hole)} is in a hole: there is no memory, and no struct page`),
    );
  });
});
