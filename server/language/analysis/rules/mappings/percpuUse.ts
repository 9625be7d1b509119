/** Per-CPU data. `percpu-preemptible`: an answer about this CPU with preemption on. `percpu-dereference`: a per-CPU pointer followed itself. */
import { orMake } from '../../../../types/orMake';
import type { ApiEntry } from '../../../catalogue/form/entry';
import { parameterNames } from '../../../catalogue/prototype';
import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { callPathTo, rootOf, sourceText } from '../../engine/evidence';
import { isAtomic } from '../../engine/execContext';
import type { Rule, RuleContext, Site } from '../../engine/rule';

type Code = 'percpu-preemptible' | 'percpu-dereference';
const codes: Rule<Code>['codes'] = {
  'percpu-preemptible': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'smp_processor_id(), this_cpu_ptr() or __this_cpu_…() where the task can move to another CPU',
    why: 'The task may be on another CPU before the answer is used: two CPUs then change one copy at once, and an update is lost. A kernel with CONFIG_DEBUG_PREEMPT prints `BUG: using smp_processor_id() in preemptible [00000000] code`.',
    bad: 'static DEFINE_PER_CPU(int, hits);\n\nvoid nic_count(void)\n{\n\t(*this_cpu_ptr(&hits))++;\n}\n',
    good: 'static DEFINE_PER_CPU(int, hits);\n\nvoid nic_count(void)\n{\n\tthis_cpu_inc(hits);\n}\n',
    instead:
      '`this_cpu_inc()` and its like, `get_cpu_ptr()` and `put_cpu_ptr()`, or `get_cpu()`; where a stale number does no harm `raw_smp_processor_id()`.',
    limits:
      'Silent in kernel threads that are bound to a CPU (`task … on cpu N`; a process can be moved) and in works, which run on a bound kworker unless their workqueue is unbound, and where migration is off. A hint on machines with one CPU, where the kernel reports it nevertheless.',
    holdsOn: 'machines with several CPUs',
    atRunTime: ['BUG: using smp_processor_id() in preemptible', 'BUG: using __this_cpu_'],
  },
  'percpu-dereference': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'a per-CPU pointer that is followed like any other',
    why: 'A `__percpu` pointer is an offset: the address of a copy is computed from it and from the CPU. Followed itself it faults, or changes a copy of nobody. sparse prints `dereference of noderef expression`.',
    bad: 'struct nic { int __percpu *hits; };\n\nvoid nic_count(struct nic *nic)\n{\n\t(*nic->hits)++;\n}\n',
    good: 'struct nic { int __percpu *hits; };\n\nvoid nic_count(struct nic *nic)\n{\n\tthis_cpu_inc(*nic->hits);\n}\n',
    instead: '`this_cpu_inc()` and its like, `get_cpu_ptr()` and `put_cpu_ptr()`, `per_cpu_ptr(ptr, cpu)`.',
    limits: 'Goes by `__percpu` in the pointer’s type: a pointer that has lost the mark in a cast is not reported.',
  },
};
type Context = RuleContext<Code>;

export const percpu: Rule<Code> = {
  codes,
  start(cx) {
    /** of what per-CPU pointers lead to, what is named and not read: `p->n` in `&p->n` and in `this_cpu_inc(p->n)` */
    const named = new Set<Expr>();
    const name = (given: Expr | undefined): void => {
      for (let e = given; e; ) {
        const pointer = pointerOf(e);
        if (pointer && isPercpu(cx.program, pointer)) named.add(e);
        const isMember = e.kind === 'member' && !e.arrow;
        const isElement = e.kind === 'index' && cx.program.typeOf(e.base)?.kind === 'array';
        e = isMember || isElement ? (e as { readonly base: Expr }).base : undefined;
      }
    };
    const followed = (pointer: Expr, whole: Expr): void => {
      if (isPercpu(cx.program, pointer) && !named.has(whole)) dereference(cx, pointer, whole);
    };
    return {
      visit: {
        unary: (e) => {
          if (e.op === '*') followed(e.operand, e);
          else if (e.op === '&') name(e.operand);
        },
        member: (e) => {
          if (e.arrow) followed(e.base, e);
        },
        index: (e) => followed(e.base, e),
      },
      calls(sym) {
        const arg = sym.kind === 'api' ? perCpuArgument(sym.entry) : -1;
        return arg < 0 ? undefined : ({ args }) => name(args[arg]);
      },
      apiCall(site, { entry }) {
        if (entry.pinned) preemptible(cx, site);
      },
    };
  },
};
/** The pointer that an expression follows itself. */
function pointerOf(e: Expr): Expr | undefined {
  if (e.kind === 'unary') return e.op === '*' ? e.operand : undefined;
  return e.kind === 'index' || (e.kind === 'member' && e.arrow) ? e.base : undefined;
}
const perCpuArguments = new Map<ApiEntry, number>();
/** The argument that is a per-CPU lvalue: prototypes call it pcp, as the kernel does; −1: none. */
const perCpuArgument = (entry: ApiEntry): number =>
  orMake(perCpuArguments, entry, () => parameterNames(entry.proto).indexOf('pcp'));
function dereference(cx: Context, pointer: Expr, whole: Expr): void {
  if (whole.span.file < 0) return;
  const text = sourceText(cx.program, pointer.span);
  cx.report('percpu-dereference', whole.span, () => ({
    message: `${text} is a per-CPU pointer, an offset and not an address: follow this_cpu_ptr(${text}) or per_cpu_ptr(${text}, cpu)`,
  }));
}
function isPercpu(program: Program, e: Expr): boolean {
  const type = program.typeOf(e);
  return type?.kind === 'pointer' && type.space === '__percpu';
}
function preemptible(cx: Context, { call, context, instance, name }: Site): void {
  // one that a macro such as this_cpu_inc() is made of: the macro knows what it does
  if (sourceText(cx.program, call.callee.span) !== name) return;
  if (isAtomic(context) || context.holds.some((h) => h.kind === 'migrate')) return;
  const path = callPathTo(instance, context);
  const { sym } = path.root;
  const bound = sym.kind === 'context' && sym.cpu !== undefined && sym.word !== 'process';
  if (bound || rootOf(path.root).onKworker) return;
  // it can move to none where there is only one
  const single = cx.program.machine.cpus === 1;
  cx.report('percpu-preemptible', call.span, () => ({
    ...(single ? { severity: 'hint' as const } : {}),
    message: `${single ? 'on a machine with several CPUs ' : ''}the task can move to another CPU right after ${name}(), and its answer is wrong then: turn preemption off around it (get_cpu(), get_cpu_ptr()), or use this_cpu_…() operations`,
    related: path.related,
  }));
}
