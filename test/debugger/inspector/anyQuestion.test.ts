/**
 * Questions made of the schemas alone, to every view, at random moments of scenarios that also corrupt memory: each is answered as the schema
 * says, or refused in words; nothing in the machine changes. KMEM_QUESTIONS=1000 asks more than usual; KMEM_SEED=n repeats a series.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as v from 'valibot';
import type { ViewName } from '../../../server/dap/inspectorViewNames';
import { INSPECTOR_VIEWS } from '../../../server/dap/inspectorViews';
import { InspectorError } from '../../../server/debugger/inspector/asking';
import { withSelected } from '../../../server/debugger/inspector/objectCard/selectedRow';
import { SELECTION } from '../../../server/debugger/inspector/shapes/common';
import type { Session } from '../../../server/debugger/session';
import { EvaluationError } from '../../../server/debugger/target/target';
import { scopesOf } from '../../../server/debugger/tree/scopes';
import { ask, inspected } from './inspected';
import { type Schema, valuesOf } from './schemaValues';

const QUESTIONS = Number(process.env.KMEM_QUESTIONS ?? 120);
const SEED = process.env.KMEM_SEED === undefined ? undefined : Number(process.env.KMEM_SEED);

const TEXT = (machine: string) => `machine { memory = 128M; cpus = 2; ${machine} }
static struct list_head first;
static DEFINE_SPINLOCK(lock);
task main on cpu 0 {
	struct page *page = alloc_pages(GFP_KERNEL, 3);
	int *object = kmalloc(60, GFP_KERNEL);
	char *area = vmalloc(3 * PAGE_SIZE);
	int i;

	spin_lock(&lock);
	for (i = 0; i < 20; i++)
		object[i % 10] = i;
	spin_unlock(&lock);
	__free_pages(page, 3);
	kfree(object);
	page->lru.next = (void *)0x1234;
	page->private = 77;
	object[2] = 3;
	vfree(area);
}
task other on cpu 1 {
	int i;

	for (i = 0; i < 20; i++)
		kfree(kmalloc(100 * i, GFP_ATOMIC));
}
`;
const SCENARIOS = {
  'SLUB on x86_64': TEXT(''),
  'SLAB without checks': TEXT('allocator = slab; config KASAN = n; config LOCKDEP = n;'),
  'SLOB on i386': TEXT('arch = i386; allocator = slob;'),
  highmem: readFileSync(join(__dirname, '../../../examples/highmem.kmem'), 'utf8'),
};

describe('any question to the inspector', () => {
  for (const [name, text] of Object.entries(SCENARIOS))
    it(name, async function () {
      this.timeout(60_000 + 500 * QUESTIONS);
      const session = inspected(text);
      session.beginRun();
      session.run();
      const views = Object.keys(INSPECTOR_VIEWS) as ViewName[];
      const asked = fc.constantFrom(...views).chain((view) => {
        const schema: v.GenericSchema = INSPECTOR_VIEWS[view].question;
        const questions = valuesOf(schema as unknown as Schema).filter((question) => v.is(schema, question));
        return questions.map((question) => ({ view, question }));
      });
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: session.timeline.end }),
          asked,
          async (position, { view, question }) => {
            session.goTo(position);
            await answered(session, view, question);
          },
        ),
        { numRuns: QUESTIONS, ...(SEED === undefined ? {} : { seed: SEED }), endOnFailure: true },
      );
    });
  for (const [name, text] of Object.entries(SCENARIOS))
    it(`any selection among the variables: ${name}`, async function () {
      this.timeout(60_000 + 500 * QUESTIONS);
      const session = inspected(text);
      session.beginRun();
      session.run();
      const { mem } = session.target.kernel;
      const positions = fc.integer({ min: 0, max: session.timeline.end });
      const schema: v.GenericSchema = SELECTION;
      fc.assert(
        fc.property(positions, valuesOf(schema as unknown as Schema), (position, selection) => {
          session.goTo(position);
          const frame = session.topFrame();
          if (!frame || !v.is(SELECTION, selection)) return;
          const before = [mem.hash(), mem.journal.end];
          const scopes = scopesOf(session.context(), session.target, frame);
          const [locals] = withSelected(scopes, session, frame, selection);
          const [row, ...others] = locals?.children?.() ?? [];
          assert.equal(row?.name, '(selected)');
          assert.deepEqual(
            others.map((other) => other.name),
            scopes[0]?.children?.().map((local) => local.name),
          );
          row.children?.(0, 5);
          // it is an expression, like any other row
          if (row.evaluateName !== undefined)
            assert.equal(session.evaluate(row.evaluateName, frame, 'natural').value, row.value);
          else assert.ok(row.value.length > 5, row.value);
          assert.deepEqual([mem.hash(), mem.journal.end], before);
        }),
        { numRuns: QUESTIONS, ...(SEED === undefined ? {} : { seed: SEED }), endOnFailure: true },
      );
    });
});
async function answered(session: Session, view: ViewName, question: unknown): Promise<void> {
  try {
    await ask(session, view, question as never);
  } catch (error) {
    if (error instanceof InspectorError || error instanceof EvaluationError) {
      assert.ok(error.message.length > 5, error.message);
      return;
    }
    throw error;
  }
}
