/** Scope "Per-CPU memory": the chunks that alloc_percpu() takes from, by the size of their largest free run. */
import { PCPU_MIN_ALLOC_SIZE } from '../../kernel/mm/percpu/pcpu_units';
import { isException } from '../../kernel/oops/exceptions';
import { standingOf } from '../inspect/perCpuSlots';
import type { Target } from '../target/target';
import { expressionRow } from './expressionNode';
import { group, type Node, type Scope, type TreeContext, textNode } from './treeNode';
import { kernelObject } from './typedNode';

export function perCpuScope(context: TreeContext, target: Target): Scope {
  const { pool } = context.view.kernel.allocators.percpu;
  const row = (expression: string, name: string): Node => expressionRow(context, target, expression, undefined, name);
  const lists = (): readonly Node[] => {
    const all = pool.slots.all();
    const slots = [...new Set(all.map(({ slot }) => slot))];
    return slots.map((slot) => {
      const chunks = all.flatMap((c) => (c.slot === slot ? [c.chunk] : []));
      const count = chunks.length === 1 ? '1 chunk' : `${chunks.length} chunks`;
      return group(standingOf(pool.slots, slot), count, () =>
        readable(() => chunks.map((chunk, i) => chunkNode(context, `chunk ${i}`, chunk))),
      );
    });
  };
  const nodes = (): Node[] => [
    row('pcpu_unit_size', 'bytes of a unit'),
    group('chunks', 'by their largest free run', () => readable(lists)),
    row('pcpu_first_chunk', 'first chunk'),
    row('pcpu_reserved_chunk', 'kept for modules'),
    row('pcpu_nr_populated', 'pages with memory'),
    row('pcpu_nr_empty_pop_pages', 'of these, empty'),
  ];
  return { name: 'Per-CPU memory', value: '', expensive: true, children: nodes };
}

function chunkNode(context: TreeContext, name: string, chunk: number): Node {
  const { chunks } = context.view.kernel.allocators.percpu.pool;
  const largest = chunks.hints.getContig(chunks.md(chunk)) * PCPU_MIN_ALLOC_SIZE;
  const backed = `${chunks.backed(chunk)} of ${chunks.pages(chunk)} pages with memory, ${chunks.empty(chunk)} empty`;
  return group(name, `${chunks.freeBytes(chunk)} bytes free, ${largest} in one run; ${backed}`, () => [
    kernelObject(context, 'struct pcpu_chunk', 'pcpu_chunk', chunk),
  ]);
}
/** What the lists say; a text where a pointer of theirs leads nowhere. */
function readable(nodes: () => readonly Node[]): readonly Node[] {
  try {
    return nodes();
  } catch (error) {
    if (isException(error)) return [textNode('lists', 'cannot be followed: a pointer has been overwritten')];
    throw error;
  }
}
