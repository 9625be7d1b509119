/** Mistakes with memory that both the linter and the emulator see: the finding and the report are on one line, and the rule knows the report. */
import assert from 'node:assert/strict';
import { infoOf } from '../../server/language/analysis/rules';
import { lint } from '../../server/language/ide/lint';
import { run, source } from './scenario';

/** Whether a report has this title, in which `…` stands for what varies. */
function matches(text: string, title: string): boolean {
  const [first = '', ...parts] = title.split('…').map((part) => part.trim());
  return text.startsWith(first) && parts.every((part) => text.includes(part));
}
/** The body of a task with one mistake, which the run makes. */
function check(code: string, body: string, titles = infoOf(code)?.atRunTime ?? []): void {
  it(`${code}: ${body.split('\n')[0]}`, () => {
    const text = source(`task main {\n${body}\n}`);
    const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
    const found = lint({ path: 'test.kmem', text }).diagnostics.filter((d) => d.code === code);
    const lines = new Set(found.map((d) => lineOf(d.span.start)));
    const reports = run(text).log.filter((e) => e.kind !== 'print');
    const paired = reports.filter((e) => titles.some((title) => matches(e.text, title)));
    assert.ok(paired.length > 0, `${text}\n${reports.map((e) => e.text).join('\n')}`);
    for (const { span, text: title } of paired) assert.ok(span && lines.has(lineOf(span.start)), `${text}\n${title}`);
    assert.equal(lines.size, 1, text);
  });
}
const checked = (declaration: string): string => `${declaration};\nif (!p)\n\treturn;\n`;

describe('memory, as the linter and the emulator see it', () => {
  const kmalloc = checked('char *p = kmalloc(64, GFP_KERNEL)');
  const vmalloc = checked('char *p = vmalloc(8192)');
  const pages = checked('struct page *p = alloc_pages(GFP_KERNEL, 2)');
  check('double-free', `${kmalloc}kfree(p);\nkfree(p);`);
  check('double-free', `${vmalloc}vfree(p);\nvfree(p);`);
  check('double-free', `${pages}__free_pages(p, 2);\n__free_pages(p, 2);`);
  check('use-after-free', `${kmalloc}kfree(p);\np[3] = 1;`);
  check('use-after-free', `${vmalloc}vfree(p);\np[3] = 1;`);
  check('percpu-preemptible', 'int n = smp_processor_id();\nn++;');
  check(
    'percpu-preemptible',
    'int __percpu *p = alloc_percpu(int);\nif (!p)\n\treturn;\n__this_cpu_inc(*p);\nfree_percpu(p);',
  );
  check(
    'use-after-free',
    `${checked('char *p = (char *)__get_free_page(GFP_KERNEL)')}free_page((unsigned long)p);\np[3] = 1;`,
  );
  check('free-not-at-start', `${kmalloc}kfree(p + 8);`);
  check('mismatched-free', `${vmalloc}kfree(p);`);
  check('mismatched-free', `${kmalloc}vfree(p);`);
  check('mismatched-free', `${checked('unsigned long p = __get_free_page(GFP_KERNEL)')}kfree((void *)p);`);
  check('mismatched-free', `${checked('int __percpu *p = alloc_percpu(int)')}kfree(p);`);
  // kmem's own note: the kernel says nothing
  check('free-order-mismatch', `${pages}__free_pages(p, 1);`, ['pfn … was allocated with order 2']);
  const cache = (name: string): string =>
    `struct kmem_cache *${name} = kmem_cache_create("${name}", 64, 0, 0, NULL);\n`;
  const object = 'void *p = c ? kmem_cache_alloc(c, GFP_KERNEL) : NULL;\nif (!p || !d)\n\treturn;\n';
  check('wrong-cache', `${cache('c')}${cache('d')}${object}kmem_cache_free(d, p);`);
  check('cache-destroyed-in-use', `${cache('c')}void *d = c;\n${object}kmem_cache_destroy(c);\nkmem_cache_free(c, p);`);
  const fails = 'char *p;\nsim_fail_next(kmalloc, 1);\np = kmalloc(64, GFP_KERNEL);\n';
  check('unchecked-allocation', `${fails}p[1] = 1;\nkfree(p);`);
  check('unchecked-allocation', `${fails}memset(p, 1, 8);\nkfree(p);`);
});
