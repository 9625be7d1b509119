/** Completion in the debug console. */
import assert from 'node:assert/strict';
import { complete } from '../../../server/debugger/evaluation/completions';
import { loadScenario } from '../../../server/debugger/load';

const SOURCE = `
enum colour { RED, GREEN };
struct ring { unsigned int head, tail; char name[8]; };
static struct ring rx;
static enum colour paint;
task main { struct ring *ring = &rx; printk("here"); }
`;
const loaded = loadScenario('/c.kmem', SOURCE);
if ('problems' in loaded) throw new Error(loaded.problems.join('; '));
const { session } = loaded;

function check(before: string, wanted: readonly string[], unwanted: readonly string[] = [], calls = false): void {
  const labels = complete(session.target, before, session.topFrame(), calls).items.map((item) => item.label);
  for (const label of wanted) assert.ok(labels.includes(label), `${label} for "${before}": ${labels.slice(0, 20)}`);
  for (const label of unwanted) assert.ok(!labels.includes(label), `${label} for "${before}"`);
}
const first = (before: string): string | undefined =>
  complete(session.target, before, session.topFrame()).items[0]?.label;

describe('completion in the console', () => {
  it('constants, enums, symbols (A16)', () => {
    check('GFP_', ['GFP_KERNEL', 'GFP_ATOMIC', 'GFP_NOWAIT']);
    check('paint = GR', ['GREEN']);
    check('WMARK_', ['WMARK_LOW']);
    check('ji', ['jiffies']);
    check('r', ['ring', 'rx']);
    check('p', ['paint', 'page_count', 'pfn_to_page'], ['__kmem_this_cpu_ptr']);
    check('cur', ['current']);
    check('mem_m', [], ['mem_map']);
    check('kmall', ['kmalloc'], [], true);
    check('devm_kz', [], ['devm_kzalloc']);
    check('list_for', [], ['list_for_each_entry']);
  });
  it('functions that change the machine only where they may be called', () => {
    check('kf', [], ['kfree']);
    check('kf', ['kfree'], [], true);
    check('page_', ['page_count', 'page_zone'], ['page_ref_add']);
  });
  it('what is near comes first', () => {
    assert.equal(first('r'), 'ring');
    assert.equal(first('ring->'), 'head');
  });
  it('members, also of what cannot be read now', () => {
    check('rx.', ['head', 'tail', 'name'], ['rx']);
    check('ring->ta', ['tail'], ['head']);
    check('pfn_to_page(1)->', ['flags', '_refcount', 'lru']);
    for (const nothing of ['no_such.', 'no_such->', 'rx.head.', '(1 +).'])
      assert.deepEqual(complete(session.target, nothing, session.topFrame()).items, [], nothing);
  });
  it('masks first where one is wanted', () => {
    assert.match(first('alloc_page(') ?? '', /^GFP_/);
    assert.match(first('alloc_pages(GFP_A') ?? '', /^GFP_ATOMIC$/);
  });
  it('formats behind a comma, by type', () => {
    check('rx.head,', ['x', 'd', 'b', 'o', 'c'], ['s']);
    check('rx.name, ', ['s', 'x', 'c']);
    check('ring,', ['x', 'd'], ['s', 'c']);
    check('max(rx.head,', ['rx'], ['x', 'd']);
  });
});
