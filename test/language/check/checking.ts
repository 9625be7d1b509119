/**
 * Checks a scenario whose expected messages are marked under the line they belong to:
 *
 *     p.v = 1;
 *     //^ member-of-pointer: reached with '->'
 *
 * The carets are under the range; a range that continues on the next line is marked to the end of its first. Every error and
 * warning must be marked, and every mark must be met. Hints count only where `hints` says so.
 */
import assert from 'node:assert/strict';
import { macroNames } from '../../../server/language/catalogue/catalogue';
import { ANYWHERE } from '../../../server/language/catalogue/form/entry';
import { check as checkFiles } from '../../../server/language/check/check';
import type { KernelNames } from '../../../server/language/check/context/builtinNames';
import type { Program } from '../../../server/language/check/context/program';

export interface Expectations {
  readonly hints?: boolean;
  readonly files?: Readonly<Record<string, string>>;
}

/** Checks `source` and compares its messages with the marks; the program, for more questions. */
export function check(source: string, { hints = false, files = {} }: Expectations = {}): Program {
  const program = checkFiles(
    { path: 'test.kmem', text: source },
    {
      kernelNames: testNames,
      resolveInclude: (path) => (files[path] === undefined ? undefined : { path, text: files[path] }),
    },
  );
  const wanted: string[] = [];
  const lines = source.split('\n');
  let subject = 0;
  lines.forEach((line, n) => {
    const mark = /^\s*\/\/\s*(\^+)\s*([a-z-]+)(?::\s*(.*?))?\s*$/.exec(line);
    if (!mark) {
      subject = n;
      return;
    }
    const column = line.indexOf('^');
    wanted.push(`${subject + 1}:${column + 1}-${column + 1 + (mark[1] ?? '').length} ${mark[2]}`);
    const part = mark[3];
    if (part !== undefined && part !== '') {
      const found = program.diagnostics.find((d) => d.code === mark[2] && lineOf(source, d.span.start) === subject);
      if (found)
        assert.ok(
          found.message.includes(part),
          `line ${subject + 1}: the message\n  ${found.message}\ndoes not say\n  ${part}`,
        );
    }
  });
  const got = program.diagnostics
    .filter((d) => d.severity === 'error' || d.severity === 'warning' || hints)
    .map((d) => {
      const line = lineOf(source, d.span.start);
      const lineStart = d.span.start - columnOf(source, d.span.start);
      const lineEnd = lineStart + (lines[line]?.length ?? 0);
      return `${line + 1}:${d.span.start - lineStart + 1}-${Math.min(d.span.end, lineEnd) - lineStart + 1} ${d.code}`;
    });
  assert.deepEqual(
    got.sort(),
    wanted.sort(),
    `messages of\n${source}\n${program.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n')}`,
  );
  return program;
}
/** Checks statements inside `task main { … }`, with the items before it. */
export const checkBody = (body: string, before = ''): Program => check(`${before}\ntask main {\n${body}\n}\n`);

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length - 1;
const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);

// ---------------------------------------------------------------- a small catalogue, so that these tests are self-contained
const entry = (proto: string, kind: 'function' | 'macro' = 'function') => ({
  proto,
  kind,
  sleeps: 'never' as const,
  contexts: ANYWHERE,
  summary: '',
  source: '',
  run: true,
});
const functions = [
  'struct page *alloc_pages(gfp_t gfp, unsigned int order)',
  'void __free_pages(struct page *page, unsigned int order)',
  'void *kmalloc(size_t size, gfp_t flags)',
  'void kfree(const void *p)',
  'void spin_lock(spinlock_t *lock)',
  'void spin_unlock(spinlock_t *lock)',
  'unsigned long __lock_irqsave(spinlock_t *lock)',
  'void sim_raise(unsigned int irq)',
  'int page_count(struct page *page)',
  'int printk(const char *fmt, ...)',
  'unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)',
  'bool schedule_work(struct work_struct *work)',
  'int mod_timer(struct timer_list *timer, unsigned long expires)',
  'void list_add(struct list_head *item, struct list_head *head)',
  'void __wait(void)',
];
const macroForms = [
  'expect(condition)',
  'DEFINE_SPINLOCK(x)',
  'LIST_HEAD(name)',
  'min(a, b)',
  'container_of(ptr, type, member)',
  'list_for_each_entry(pos, head, member)',
  'wait_event(wq, condition)',
  'pr_info(fmt, ...)',
  'swap(a, b)',
];
const api = new Map(
  [
    ...functions.map((f) => entry(f)),
    ...macroForms.map((m) => entry(m, 'macro')),
    entry('void spin_lock_irqsave(spinlock_t *lock, unsigned long flags)', 'macro'),
  ].map((e) => [/(\w+)\(/.exec(e.proto)?.[1] ?? '', e] as const),
);
const macros = new Map<string, { params: string[]; form: 'expr' | 'stmt' | 'loop' | 'declaration'; body: string }>(
  Object.entries({
    DEFINE_SPINLOCK: { params: ['x'], form: 'declaration', body: 'spinlock_t x = { };' },
    LIST_HEAD: { params: ['name'], form: 'declaration', body: 'struct list_head name = { &(name), &(name) };' },
    min: { params: ['a', 'b'], form: 'expr', body: '({ typeof(a) x = (a); typeof(b) y = (b); x < y ? x : y; })' },
    container_of: {
      params: ['ptr', 'type', 'member'],
      form: 'expr',
      body: '((type *)((char *)(ptr) - offsetof(type, member)))',
    },
    list_for_each_entry: {
      params: ['pos', 'head', 'member'],
      form: 'loop',
      body: 'for (pos = container_of((head)->next, typeof(*pos), member); &pos->member != (head); pos = container_of(pos->member.next, typeof(*pos), member))',
    },
    spin_lock_irqsave: { params: ['l', 'flags'], form: 'expr', body: '((flags) = __lock_irqsave(l))' },
    wait_event: { params: ['wq', 'condition'], form: 'stmt', body: 'while (!(condition)) __wait();' },
    pr_info: { params: ['fmt', '...'], form: 'expr', body: 'printk(fmt, __VA_ARGS__)' },
    swap: { params: ['a', 'b'], form: 'stmt', body: 'typeof(a) tmp = (a); (a) = (b); (b) = tmp;' },
  }),
);
const constants = new Map<string, { value: bigint; type?: string }>(
  Object.entries({
    GFP_KERNEL: { value: 0xcc0n, type: 'gfp_t' },
    GFP_ATOMIC: { value: 0xa20n, type: 'gfp_t' },
    __GFP_ZERO: { value: 0x100n, type: 'gfp_t' },
    ENOMEM: { value: 12n },
    NULL: { value: 0n, type: 'void *' },
    true: { value: 1n, type: 'bool' },
    false: { value: 0n, type: 'bool' },
    PAGE_SIZE: { value: 4096n, type: 'unsigned long' },
  }),
);
const kernelVars = new Map([
  ['jiffies', 'unsigned long'],
  ['current', 'struct task_struct *'],
]);
export const testNames: KernelNames = {
  api: (name) => api.get(name),
  macro: (name) => macros.get(name),
  macroNames,
  constant: (name) => constants.get(name),
  kernelVar: (name) => kernelVars.get(name),
  names: () => [...api.keys(), ...constants.keys(), ...kernelVars.keys()],
};
