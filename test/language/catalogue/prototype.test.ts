/** Parameters of prototypes and forms: the texts, and the same at the level of types. */
import assert from 'node:assert/strict';
import { type ParameterTexts, parameterName, parameterTexts } from '../../../server/language/catalogue/prototype';

describe('prototypes', () => {
  it('parameters are split outside of brackets', () => {
    assert.deepEqual(parameterTexts('void f(void)'), []);
    assert.deepEqual(parameterTexts('BUG()'), []);
    assert.deepEqual(parameterTexts('wait_event(wq_head, condition)'), ['wq_head', 'condition']);
  });
  it('types agree with the texts', () => {
    const none: ParameterTexts<'void f(void)'> = [];
    assert.deepEqual(parameterTexts('void f(void)'), none);
    const printed: ParameterTexts<'int printk(const char *fmt, ...)'> = ['const char *fmt', '...'];
    assert.deepEqual(parameterTexts('int printk(const char *fmt, ...)'), printed);
    const called: ParameterTexts<'void f(int cpu, irqreturn_t (*fn)(int irq, void *dev), gfp_t gfp)'> = [
      'int cpu',
      'irqreturn_t (*fn)(int irq, void *dev)',
      'gfp_t gfp',
    ];
    assert.deepEqual(parameterTexts('void f(int cpu, irqreturn_t (*fn)(int irq, void *dev), gfp_t gfp)'), called);
  });
  it('names', () => {
    const names = ['unsigned int order', 'void (*func)(void *info)', 'struct page **pages', 'int a[4]', '...'];
    assert.deepEqual(names.map(parameterName), ['order', 'func', 'pages', 'a', '...']);
  });
});
