/** What ran on each CPU from when to when: contexts, locks held, preemption off, allocations. */
import * as v from 'valibot';
import { ADDRESS, ANSWER_HEAD, COUNT, described, POSITION } from './common';

/** Lanes of one answer, at the most. */
export const MOST_LANES = 16;

export const CONTEXTS_QUESTION = v.strictObject({
  from: v.optional(described(POSITION, 'the first moment; the oldest that is recorded unless given')),
  to: v.optional(described(POSITION, 'the last moment; the newest that is recorded unless given')),
  firstCpu: v.optional(described(COUNT, 'the first CPU that is wanted; 0 unless given')),
  cpus: v.optional(
    described(v.pipe(COUNT, v.minValue(1), v.maxValue(MOST_LANES)), 'how many CPUs from there on; 8 unless given'),
  ),
});
export type ContextsQuestion = v.InferOutput<typeof CONTEXTS_QUESTION>;

/** What can run on a CPU, what can be interrupted first. */
export const RUN_KINDS = ['idle', 'task', 'softirq', 'hardirq', 'nmi'] as const;
const RUN_KIND = v.picklist(RUN_KINDS);
export type RunKind = v.InferOutput<typeof RUN_KIND>;
export const OFF_KINDS = ['preempt', 'bh', 'irqs'] as const;
const OFF_KIND = v.picklist(OFF_KINDS);
export type OffKind = v.InferOutput<typeof OFF_KIND>;

const STRETCH = {
  from: described(POSITION, 'the moment from which on it was so'),
  to: described(POSITION, 'the moment at which that ended, or the end of the window'),
  line: v.optional(described(COUNT, 'the line of its first statement, from 1')),
  merged: v.optional(
    described(COUNT, 'so many short ones have been put together here; what is said is of the longest. Zoom in'),
  ),
};
const RUN = v.strictObject({
  ...STRETCH,
  kind: described(RUN_KIND, 'the context; a task in an interrupt is the interrupted one'),
  task: v.optional(described(COUNT, 'index in tasks')),
  name: described(v.string(), 'the task, or the function that handles the interrupt'),
});
export type Run = v.InferOutput<typeof RUN>;
const OFF = v.strictObject({
  ...STRETCH,
  what: described(OFF_KIND, 'preemption, bottom halves, or interrupts'),
});
export type Off = v.InferOutput<typeof OFF>;
const LOCK = v.strictObject({
  ...STRETCH,
  name: described(v.string(), 'the lock'),
  kind: described(v.string(), 'what kind of lock it is'),
  task: described(COUNT, 'index in tasks: who has it'),
  waits: described(v.boolean(), 'it is waited for, and not held yet'),
});
export type Lock = v.InferOutput<typeof LOCK>;
const ALLOCATIONS = v.strictObject({
  position: described(POSITION, 'of the first of them'),
  line: v.optional(described(COUNT, 'the line of the first one, from 1')),
  function: v.optional(described(v.string(), 'the function of the API that was called first')),
  allocated: described(COUNT, 'how many allocations'),
  bytes: described(COUNT, 'what they took, in bytes'),
  failed: described(COUNT, 'how many failed'),
  freed: described(COUNT, 'how many were freed'),
});
export type Allocations = v.InferOutput<typeof ALLOCATIONS>;

const LANE = v.strictObject({
  cpu: COUNT,
  runs: described(v.array(RUN), 'what ran, in order'),
  off: described(v.array(OFF), 'where something was off in a task or an interrupt; what is off in idle is not told'),
  locks: described(v.array(LOCK), 'locks that were taken on this CPU, in order'),
  allocations: described(v.array(ALLOCATIONS), 'in order; those that are near each other together'),
});
export type Lane = v.InferOutput<typeof LANE>;

export const CONTEXTS_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  from: POSITION,
  to: POSITION,
  oldest: described(POSITION, 'the oldest moment that is recorded'),
  newest: described(POSITION, 'the newest moment that is recorded'),
  cpus: described(COUNT, 'CPUs of the machine'),
  tasks: described(
    v.array(
      v.strictObject({
        address: described(ADDRESS, 'of its task_struct'),
        comm: v.string(),
        pid: v.pipe(v.number(), v.integer()),
      }),
    ),
    'the tasks that the lanes name',
  ),
  lanes: described(v.array(LANE), 'a lane for each CPU that was asked for'),
});
export type ContextsAnswer = v.InferOutput<typeof CONTEXTS_ANSWER>;
