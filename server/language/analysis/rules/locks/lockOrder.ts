/**
 * `lock-order`: two or more locks are taken in one order here and in another there. Locks are compared by class, as lockdep does; two named
 * locks of one class are told apart. What a body takes, itself or in what it calls, is kept by instance, so that a lock that the caller
 * holds is put in order with all of it.
 */
import type { Program, Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { lockText, rootOf, takenAt } from '../../engine/evidence';
import { type Hold, isLock, sleepsOnRt } from '../../engine/execContext';
import type { Instance } from '../../engine/instance';
import { type LockRef, likeness } from '../../engine/locks/lockRef';
import type { Rule, RuleContext } from '../../engine/rule';
import { inCaller, isShared, LookedAt, type Taken, takenIn, takenKey, unseen } from './takenLocks';

const codes: Rule<'lock-order'>['codes'] = {
  'lock-order': {
    group: 'locks',
    severity: 'warning',
    summary: 'two locks are taken in one order here and in the other order there',
    why: 'Two CPUs (or tasks) that each have taken their first lock wait for the other one for ever. It needs the right moment and so happens rarely; lockdep prints `WARNING: possible circular locking dependency detected` once it has seen both orders.',
    bad: 'static DEFINE_MUTEX(list_lock);\nstatic DEFINE_MUTEX(dev_lock);\n\nvoid nic_add(void)\n{\n\tmutex_lock(&list_lock);\n\tmutex_lock(&dev_lock);\n\tmutex_unlock(&dev_lock);\n\tmutex_unlock(&list_lock);\n}\n\nvoid nic_remove(void)\n{\n\tmutex_lock(&dev_lock);\n\tmutex_lock(&list_lock);\n\tmutex_unlock(&list_lock);\n\tmutex_unlock(&dev_lock);\n}\n',
    good: 'static DEFINE_MUTEX(list_lock);\nstatic DEFINE_MUTEX(dev_lock);\n\nvoid nic_add(void)\n{\n\tmutex_lock(&list_lock);\n\tmutex_lock(&dev_lock);\n\tmutex_unlock(&dev_lock);\n\tmutex_unlock(&list_lock);\n}\n\nvoid nic_remove(void)\n{\n\tmutex_lock(&list_lock);\n\tmutex_lock(&dev_lock);\n\tmutex_unlock(&dev_lock);\n\tmutex_unlock(&list_lock);\n}\n',
    instead:
      'Decide on one order, write it down where the locks are declared, and keep it everywhere; take the second lock with a trylock and start again where that cannot be.',
    limits:
      'Locks of one class, such as those of two devices, are taken for one lock, as lockdep does; two of them held together are not reported. It does not see that two places never run at the same time. Where spinlocks alone are involved, a hint on machines with one CPU.',
    atRunTime: ['WARNING: possible circular locking dependency detected'],
    runTimeAt: 'origin',
  },
};
type Context = RuleContext<keyof typeof codes>;

/** The second lock is taken while the first is held. */
interface Edge {
  readonly from: { readonly cls: string; readonly lock: LockRef; readonly shared: boolean; readonly hold: Hold };
  readonly to: Taken;
  readonly instance: Instance;
}
/** different ways to take two locks one after the other that are kept */
const MOST = 4;
const LONGEST = 4;
const NO_HOLDS: readonly Hold[] = [];

export const lockOrder: Rule<keyof typeof codes> = {
  codes,
  start(cx) {
    const takenBy = new Map<Instance, Map<number, Taken>>();
    const graph = new Map<string, Map<string, Edge[]>>();
    const done = new LookedAt();
    const note = (instance: Instance, taken: Taken): void => {
      let all = takenBy.get(instance);
      if (!all) takenBy.set(instance, (all = new Map()));
      const key = takenKey(taken.lock, taken.shared);
      if (!all.has(key)) all.set(key, taken);
    };
    const order = (instance: Instance, holds: readonly Hold[], to: Taken): void => {
      for (const hold of holds) {
        const cls = hold.lock?.cls;
        if (!hold.lock || cls === undefined || cls === to.cls || !isLock(hold)) continue;
        let after = graph.get(cls);
        if (!after) graph.set(cls, (after = new Map()));
        let edges = after.get(to.cls);
        if (!edges) after.set(to.cls, (edges = []));
        const from = { cls, lock: hold.lock, shared: isShared(hold.kind), hold };
        const known = edges.some(
          (e) =>
            e.from.lock === from.lock &&
            e.to.lock === to.lock &&
            e.from.shared === from.shared &&
            e.to.shared === to.shared,
        );
        if (!known && edges.length < MOST) edges.push({ from, to, instance });
      }
    };
    return {
      apiCall(site) {
        for (const step of site.effects) {
          const to = takenIn(site, step);
          if (!to) continue;
          note(site.instance, to);
          if (step.effect.op === 'acquire' && !site.loose) order(site.instance, step.before.holds, to);
        }
      },
      called(call, callee) {
        const all = takenBy.get(callee);
        if (!all || !done.isNew(call, callee, all.size)) return;
        // what the callee sees by name is in order there already
        const before = call.loose ? NO_HOLDS : unseen(call);
        for (const taken of all.values()) {
          const lock = call.sight.inCaller(taken.lock);
          const isKnown = takenBy.get(call.caller)?.has(takenKey(lock, taken.shared)) === true;
          if (isKnown && before.length === 0) continue;
          const here = inCaller(call, callee, taken, lock);
          note(call.caller, here);
          order(call.caller, before, here);
        }
      },
      finish() {
        report(cx, graph);
      },
    };
  },
};

function report(cx: Context, graph: ReadonlyMap<string, ReadonlyMap<string, readonly Edge[]>>): void {
  const told = new Set<string>();
  for (const [from, after] of graph) {
    for (const to of after.keys()) {
      const back = wayBack(graph, to, from);
      if (!back) continue;
      const classes = [from, to, ...back.slice(1, -1)];
      const key = [...new Set(classes)].sort().join('|');
      if (told.has(key)) continue;
      const cycle = edgesOf(graph, [from, to, ...back.slice(1)]);
      if (!cycle) continue;
      told.add(key);
      tell(cx, cycle);
    }
  }
}
/** The classes from one to another, along the shortest way. */
function wayBack(
  graph: ReadonlyMap<string, ReadonlyMap<string, readonly Edge[]>>,
  from: string,
  to: string,
): readonly string[] | undefined {
  let ways: (readonly string[])[] = [[from]];
  const seen = new Set([from]);
  for (let n = 1; n < LONGEST; n++) {
    const next: (readonly string[])[] = [];
    for (const way of ways) {
      for (const cls of graph.get(way.at(-1) ?? '')?.keys() ?? []) {
        if (cls === to) return [...way, cls];
        if (seen.has(cls)) continue;
        seen.add(cls);
        next.push([...way, cls]);
      }
    }
    ways = next;
  }
  return undefined;
}
/** One edge for each step of a circle, such that the locks may be the same where two of them meet, and do not only read. */
function edgesOf(
  graph: ReadonlyMap<string, ReadonlyMap<string, readonly Edge[]>>,
  classes: readonly string[],
): readonly Edge[] | undefined {
  const choices = classes.slice(1).map((to, i) => graph.get(classes[i] as string)?.get(to) ?? []);
  const meets = (a: Edge, b: Edge): boolean =>
    likeness(a.to.lock, b.from.lock) !== 'distinct' && !(a.to.shared && b.from.shared);
  const search = (chosen: readonly Edge[]): readonly Edge[] | undefined => {
    const last = chosen.at(-1);
    if (chosen.length === choices.length) return last && meets(last, chosen[0] as Edge) ? chosen : undefined;
    for (const e of choices[chosen.length] ?? []) {
      const found = !last || meets(last, e) ? search([...chosen, e]) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return search([]);
}

function tell(cx: Context, cycle: readonly Edge[]): void {
  const sorted = [...cycle].sort((a, b) => b.to.span.file - a.to.span.file || b.to.span.start - a.to.span.start);
  const here = sorted[0];
  if (!here) return;
  const at = cycle.indexOf(here);
  const others = [...cycle.slice(at + 1), ...cycle.slice(0, at)];
  cx.report('lock-order', here.to.span, () => {
    const first = takenAt(here.instance, here.from.hold);
    const second = others[0];
    const where = second ? ` in ${rootOf(second.instance).sym.name}` : '';
    const chain =
      others.length > 1
        ? ` by way of ${others
            .slice(1)
            .map((e) => e.from.hold.text)
            .join(', ')}`
        : '';
    const { preempt, cpus } = cx.program.machine;
    // a spinlock that is held keeps others off its CPU, except on PREEMPT_RT
    const spins = preempt !== 'rt' && cycle.every(({ from }) => sleepsOnRt(from.hold.kind) || from.hold.kind === 'raw');
    const single = spins && cpus === 1;
    return {
      ...(single ? { severity: 'hint' as const } : {}),
      message: `${single ? 'on a machine with several CPUs: ' : ''}${here.to.text} is taken while ${lockText(first)} is held, and in the other order${where} (line ${lineOf(cx.program, second?.to.span)})${chain}: two ${spins ? 'CPUs' : 'tasks'} can wait for each other for ever. Take them in one order everywhere`,
      related: [here, ...others].flatMap(witness),
    };
  });
}
function lineOf(program: Program, span: Span | undefined): number {
  return span ? (program.files[span.file]?.text.slice(0, span.start).split('\n').length ?? 0) : 0;
}
function witness({ from, to, instance }: Edge): readonly Related[] {
  const { why, span } = rootOf(instance);
  const first = takenAt(instance, from.hold);
  return [
    { span, message: why },
    { span: first.span, message: `${lockText(first)} is taken here` },
    ...to.calls,
    { span: to.span, message: `${to.text} is taken here, while ${first.text} is held` },
  ];
}
