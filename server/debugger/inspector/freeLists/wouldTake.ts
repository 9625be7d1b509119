/**
 * "What would alloc_pages(order, gfp) take now": the emulated allocator is asked, in a trial of the journal that leaves nothing behind. The way
 * of the request is what its tracer records, with the figures that memory holds at those positions.
 */
import type { Kernel } from '../../../kernel/kernel';
import { MIGRATE_NAMES } from '../../../kernel/mm/migratetype';
import { isException } from '../../../kernel/oops/exceptions';
import { type LogEntry, notesText } from '../../../kernel/printk/printk';
import type { TraceRecord } from '../../../kernel/printk/trace';
import { MAX_ORDER } from '../../../profiles/commonConstants';
import type { Session } from '../../session';
import { EvaluationError, messageOf } from '../../target/target';
import { type Answerer, type Asking, InspectorError } from '../asking';
import { momentOf } from '../moments';
import type { TakeStep, WouldTakeAnswer, WouldTakeQuestion } from '../shapes/freeLists';
import { AllocationWay } from './allocationWay';

/** Steps that an answer has at most. */
const MOST_STEPS = 300;

export const wouldTake: Answerer<WouldTakeQuestion, WouldTakeAnswer> = (asking, question) => {
  const { session } = asking;
  const { kernel } = session.target;
  const gfp = maskOf(asking, question);
  const cpu = question.cpu ?? session.moment.cpu;
  if (cpu >= kernel.percpu.cpus)
    throw new InspectorError(`there is no CPU ${cpu}: the machine has CPUs 0 to ${kernel.percpu.cpus - 1}`);
  if (question.node !== undefined && !kernel.nodes.some(({ id }) => id === question.node))
    throw new InspectorError(
      `there is no node ${question.node}: the machine has ${kernel.nodes.map(({ id }) => id).join(', ')}`,
    );
  const moment = momentOf(session);
  const tried = tryIt(session, gfp, cpu, question);
  return { moment, absent: ABSENT, migratetypes: [...MIGRATE_NAMES], ...tried };
};
const ABSENT: WouldTakeAnswer['absent'] = [
  {
    what: 'direct reclaim, compaction and the OOM killer',
    why: 'kmem does not emulate them yet: a request that they could serve fails here as with __GFP_NORETRY',
  },
];

function maskOf({ session, frame }: Asking, { gfp, frameId }: WouldTakeQuestion): number {
  const { value } = session.target.evaluate(gfp, frame(frameId));
  if (value === undefined)
    throw new EvaluationError(`${gfp} is not a number: a mask is, such as GFP_KERNEL | __GFP_ZERO`);
  return Number(BigInt.asUintN(32, value));
}

type Tried = Pick<WouldTakeAnswer, 'request' | 'steps' | 'complete' | 'result'>;
interface Attempt {
  readonly pfn: number;
  /** what the kernel or kmem stopped at */
  readonly stopped: string | undefined;
}

function tryIt(session: Session, gfp: number, cpu: number, { order, node }: WouldTakeQuestion): Tried {
  const { target } = session;
  const { kernel } = target;
  const { journal, trace } = kernel;
  const { on, allocationsOnly } = trace;
  try {
    return journal.trial(() => {
      // the processors' registers follow the CPU that runs
      const { running } = kernel;
      if (running && cpu !== running.core.cpu) {
        running.core.setGlobal('kmem_cpu', cpu);
        target.sync();
      }
      const start = journal.position;
      Object.assign(trace, { on: true, allocationsOnly: false });
      const attempt = attemptIt(kernel, gfp, order, node);
      trace.on = false;
      const records = trace.records;
      const way = new AllocationWay(kernel, order, cpu);
      const steps = inOrder(way.steps(records, start), kernel.log.output.held);
      return {
        request: requestOf(kernel, records, { gfp, order, cpu, node }),
        steps: steps.slice(0, MOST_STEPS),
        complete: steps.length <= MOST_STEPS,
        result: resultOf(kernel, attempt, order, steps),
      };
    });
  } finally {
    Object.assign(trace, { on, allocationsOnly });
    target.sync();
  }
}
function attemptIt({ pageAlloc, trace }: Kernel, gfp: number, order: number, node: number | undefined): Attempt {
  try {
    return { pfn: pageAlloc.allocPages(gfp, order, node), stopped: undefined };
  } catch (error) {
    if (!isException(error)) throw error;
    return { pfn: -1, stopped: messageOf(error) };
  } finally {
    trace.unwind();
  }
}

/** Steps and reports in the order of their positions. */
function inOrder(
  steps: readonly { readonly position: number; readonly step: TakeStep }[],
  log: readonly LogEntry[],
): TakeStep[] {
  const reports = log.map((entry) => ({
    position: entry.position,
    step: { kind: 'report' as const, report: entry.kind, text: entry.text, notes: [...notesText(entry)] },
  }));
  return [...steps, ...reports].sort((a, b) => a.position - b.position).map(({ step }) => step);
}

interface Asked {
  readonly gfp: number;
  readonly order: number;
  readonly cpu: number;
  readonly node: number | undefined;
}
function requestOf(
  kernel: Kernel,
  records: readonly TraceRecord[],
  { gfp, order, cpu, node }: Asked,
): WouldTakeAnswer['request'] {
  const { pageAlloc } = kernel;
  const entered = records.find(({ kind, name }) => kind === 'enter' && name === '__alloc_pages')?.values;
  const ended = records.findLast(({ kind, name }) => kind === 'event' && name === 'mm_page_alloc')?.values;
  const from = Number(entered?.[2] ?? node ?? 0);
  // what a task's flags take out of the mask is gone here
  const mask = Number(entered?.[0] ?? gfp);
  const asked = entered && pageAlloc.contexts.of(mask, from);
  return {
    order,
    gfp: mask,
    gfpText: kernel.gfp.names(mask),
    cpu,
    node: from,
    task: kernel.running ? `${pageAlloc.caller.comm()} (${pageAlloc.caller.pid()})` : pageAlloc.caller.comm(),
    ...(ended === undefined ? {} : { migratetype: Number(ended[3]) }),
    zonelist: (asked?.zonelist ?? []).map((zone) => ({ node: zone.node, zone: zone.name })),
  };
}

function resultOf(
  { pageAlloc }: Kernel,
  { pfn, stopped }: Attempt,
  order: number,
  steps: readonly TakeStep[],
): WouldTakeAnswer['result'] {
  if (pfn >= 0) {
    const { node, name } = pageAlloc.zoneOf(pfn);
    return { kind: 'taken', pfn, pages: 2 ** order, node, zone: name };
  }
  if (stopped !== undefined) return { kind: 'fails', why: stopped };
  return { kind: 'fails', why: whyNot(order, steps) };
}
/** Why no zone has given anything, by what was asked last of each. */
function whyNot(order: number, steps: readonly TakeStep[]): string {
  const asked = new Map<string, string>();
  for (const step of steps) {
    if (step.kind !== 'watermark') continue;
    const { node, zone, why, free } = step;
    const name = `zone ${zone} of node ${node}`;
    if (why === 'pages')
      asked.set(
        name,
        `${name} has ${free - step.unusable} free pages for it, and gives some only above ${step.minimum + step.reserve}`,
      );
    else asked.set(name, `${name} has no free block of order ${order} or more for it`);
  }
  if (asked.size > 0) return [...asked.values()].join('; ');
  if (order >= MAX_ORDER) return `the largest block has order ${MAX_ORDER - 1}`;
  const report = steps.find((step) => step.kind === 'report');
  return report ? report.text : 'the mask allows no zone that this machine has';
}
