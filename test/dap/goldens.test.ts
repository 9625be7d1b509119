/** Whole debug sessions, compared with their golden files. `npm run goldens` refreshes those. */
import assert from 'node:assert/strict';
import { loadFromDisk } from '../../server/dap/launch';
import { type Conversation, golden } from './golden';

const launch = async (talk: Conversation, more: Record<string, unknown> = {}): Promise<void> => {
  await talk.ask('initialize', { adapterID: 'kmem', linesStartAt1: true, columnsStartAt1: true, pathFormat: 'path' });
  await talk.ask('launch', { program: talk.path, ...more });
  await talk.client.event('initialized');
};
const breakpoint = (talk: Conversation, ...breakpoints: Record<string, unknown>[]) =>
  talk.ask('setBreakpoints', { source: { path: talk.path }, breakpoints });

describe('golden sessions', () => {
  it('nic-rx: the kernel’s report, back to its cause, and forward again', () =>
    golden('nic-rx', 'examples/nic-rx.kmem', loadFromDisk, async (talk) => {
      await launch(talk);
      await talk.ask('setExceptionBreakpoints', { filters: ['expect', 'bug', 'oops', 'warn'] });
      await breakpoint(talk, { line: talk.line('rx_consume(&rx);') });
      const entry = await talk.move('configurationDone');
      assert.equal(entry.reason, 'entry');
      assert.equal((await talk.move('continue')).reason, 'breakpoint');
      await talk.ask('threads');
      await talk.open('Context');
      talk.note('on to the report');
      const report = await talk.move('continue');
      assert.equal(report.reason, 'exception');
      assert.match(String(report.text), /sleeping function called from invalid context/);
      await talk.ask('exceptionInfo', { threadId: report.threadId });
      await talk.open('Context', 'preempt_count');
      await talk.open('Locals');
      talk.note('what the interrupt interrupted');
      assert.equal((await talk.move('reverseContinue')).reason, 'breakpoint');
      assert.equal((await talk.move('stepBack')).reason, 'step');
      await talk.ask('evaluate', { expression: 'rx.head - rx.tail', context: 'watch' });
      await talk.ask('evaluate', { expression: 'rx.slot[0].page->_refcount', context: 'hover' });
    }));

  it('buddy: a block splits and joins again, seen in free_area in both directions', () =>
    golden('buddy', 'examples/buddy.kmem', loadFromDisk, async (talk) => {
      await launch(talk);
      await breakpoint(talk, { line: talk.line('b = alloc_pages(GFP_KERNEL, 4);') });
      await talk.move('configurationDone');
      await talk.move('continue');
      talk.note('a larger block has been split for a');
      await talk.open('Locals');
      await talk.open('Machine', 'node 0', 'zone DMA32', 'free_area', 'order 4', 'free_list', '[1] Movable');
      await talk.move('stepBack');
      talk.note('before the split');
      await talk.open('Machine', 'node 0', 'zone DMA32', 'free_area');
      await talk.ask('evaluate', { expression: 'sizeof(struct page)', context: 'watch' });
      await talk.ask('evaluate', { expression: 'pfn_to_page(0x1000)->flags,x', context: 'watch' });
      await talk.ask('evaluate', { expression: 'NODE_DATA(0)->node_zones[1]._watermark[WMARK_LOW]', context: 'watch' });
      await talk.ask('evaluate', { expression: 'alloc_page(GFP_KERNEL)', context: 'watch' });
      assert.equal((await talk.move('continue')).reason, 'breakpoint', 'replayed');
      const end = await talk.move('continue');
      assert.equal(end.reason, 'end of scenario');
      await talk.move('continue');
    }));

  it('two-cpus: threads, conditions, hit counts, log points, data breakpoints, a changed past', () =>
    golden('two-cpus', 'test/fixtures/dap/two-cpus.kmem', loadFromDisk, async (talk) => {
      await launch(talk, { stopOnEntry: false });
      await breakpoint(
        talk,
        { line: talk.line('turns += by'), condition: 'by == 10', hitCondition: '>= 2' },
        { line: talk.line('spin_unlock(&lock)'), logMessage: 'turns {turns} on {current->comm}' },
      );
      assert.equal((await talk.move('configurationDone')).reason, 'breakpoint');
      await talk.ask('threads');
      await talk.open('Context');
      talk.note('who writes turns next, and who wrote it before');
      const info = await talk.ask('dataBreakpointInfo', { name: 'turns' });
      await breakpoint(talk);
      await talk.ask('setDataBreakpoints', { breakpoints: [{ dataId: info.dataId, accessType: 'write' }] });
      assert.equal((await talk.move('continue')).reason, 'data breakpoint');
      assert.equal((await talk.move('reverseContinue')).reason, 'data breakpoint');
      assert.equal((await talk.move('reverseContinue')).reason, 'data breakpoint');
      await talk.ask('setDataBreakpoints', { breakpoints: [] });
      talk.note('a changed past runs into another future');
      await talk.ask('setExpression', { expression: 'turns', value: '5000' });
      await talk.ask('evaluate', { expression: 'turns += 1', context: 'repl' });
      await talk.ask('evaluate', { expression: 'turns = shared', context: 'repl' });
      await talk.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'late' }] });
      assert.equal((await talk.move('continue')).reason, 'function breakpoint');
      await talk.open('Context');
      const page = await talk.ask('evaluate', { expression: 'shared', context: 'watch' });
      await talk.ask('variables', { variablesReference: page.variablesReference });
      await talk.ask('readMemory', { memoryReference: page.memoryReference, count: 16 });
      await talk.ask('readMemory', { memoryReference: '0x10', count: 16 });
      await talk.ask('completions', { text: 'shared->_re', column: 12 });
      await talk.ask('restart', {});
      await talk.client.until((m) => m.type === 'event' && m.event === 'stopped', talk.client.messages.length - 1);
      await talk.ask('disconnect');
    }));

  it('scopes: a step at each brace where a guard ends, and back', () =>
    golden('scopes', 'test/fixtures/dap/scopes.kmem', loadFromDisk, async (talk) => {
      await launch(talk);
      await talk.move('configurationDone');
      for (let i = 0; i < 7; i++) await talk.move('stepIn');
      talk.note('out of the function, through the scopes of the block');
      for (let i = 0; i < 6; i++) await talk.move('next');
      talk.note('before the lock of rcu is released');
      for (let i = 0; i < 3; i++) await talk.move('stepBack');
      await talk.ask('evaluate', { expression: 'users', context: 'watch' });
    }));
});
