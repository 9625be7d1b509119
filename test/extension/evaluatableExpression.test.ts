// What a debug hover evaluates, case by case: `|` marks the mouse.
import assert from 'node:assert/strict';
import { evaluatableAt } from '../../extension/evaluatableExpression';

/** Expects the hover at `|` to evaluate `expected`, or nothing where that is undefined. */
function check(marked: string, expected: string | undefined): void {
  const offset = marked.indexOf('|');
  assert.ok(offset >= 0, `no | in ${marked}`);
  const text = marked.replace('|', '');
  const range = evaluatableAt(text, offset);
  assert.equal(range && text.slice(range.start, range.end), expected, marked);
}

describe('extension: the expression under the mouse', () => {
  it('is the chain to the left of a field', () => {
    check('if (!rx.pa|ge->_refcount)', 'rx.page');
    check('if (!rx.page->_ref|count)', 'rx.page->_refcount');
    check('if (!r|x.page->_refcount)', 'rx');
    check('x = page |-> lru . next;', undefined);
    check('x = page -> lru . ne|xt;', 'page -> lru . next');
  });
  it('ends at the name under the mouse', () => {
    check('pa|ge->lru.next', 'page');
    check('page->l|ru.next', 'page->lru');
    check('|page', 'page');
    check('page|', 'page');
  });
  it('takes elements, calls and parentheses along', () => {
    check('a[i].l|en', 'a[i].len');
    check('a[|i].len', 'i');
    check('NODE_DATA(0)->node_zones[1]._water|mark[WMARK_LOW]', 'NODE_DATA(0)->node_zones[1]._watermark');
    check('m[1][2].x|y', 'm[1][2].xy');
    check('pfn_to_page(0x1000)->fl|ags', 'pfn_to_page(0x1000)->flags');
    check('((struct page *)p)->fl|ags', '((struct page *)p)->flags');
    check('y = (*pp)->or|der', '(*pp)->order');
    check('return (*pp)->or|der', '(*pp)->order');
    check('f(a, (b + c) * d)[2].q|q', 'f(a, (b + c) * d)[2].qq');
  });
  it('goes over line ends and blanked comments', () =>
    check('rx /* ring */\n  .page->fl|ags', 'rx /* ring */\n  .page->flags'));
  it('does not evaluate names of called functions', () => {
    check('page_co|unt(rx.page)', undefined);
    check('page_count(rx.p|age)', 'rx.page');
  });
  it('is nothing on keywords, types, numbers, comments, strings, labels', () => {
    check('ret|urn x;', undefined);
    check('unsig|ned int len;', undefined);
    check('struct pa|ge *p;', undefined);
    check('goto err_p|age;', undefined);
    check('x = 0x1|0;', undefined);
    check('// the pa|ge', undefined);
    check('/* the\n pa|ge */ x', undefined);
    check('printk("pa|ge %d", n)', undefined);
    check('{ .le|n = 1500 }', undefined);
    check('tas|k main { }', undefined);
    check(' | ', undefined);
  });
  it('survives unbalanced text', () => {
    check(')->x|y', undefined);
    check('a]).x|y', undefined);
    check('(a].x|y', undefined);
    check('"unclosed pa|ge', undefined);
    check('|', undefined);
  });
});
