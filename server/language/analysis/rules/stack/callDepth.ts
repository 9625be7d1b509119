/**
 * The call graph against the kernel stack. `recursion`: a function that comes to itself again. `stack-overflow`: a chain of calls whose
 * frames together are larger than a kernel stack.
 */
import type { ContextSym, FunctionSym, Program, Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import type { Body } from '../../engine/callGraph';
import { successors } from '../../engine/flow/cfg';
import type { Rule, RuleContext, Walked } from '../../engine/rule';
import { frameSize, stackSize } from './frameSize';

const codes: Rule<'recursion' | 'stack-overflow'>['codes'] = {
  recursion: {
    group: 'stack',
    severity: 'hint',
    summary: 'a function that calls itself, directly or through others',
    why: 'Each call takes a frame of a kernel stack of 8 or 16 KiB. If the depth depends on data, a long enough list ends in `BUG: TASK stack guard page was hit` (x86_64), or in silent corruption (i386).',
    bad: 'struct node { struct node *next; };\n\nstatic int length(struct node *n)\n{\n\treturn n ? 1 + length(n->next) : 0;\n}\n\nint list_length(struct node *head)\n{\n\treturn length(head);\n}\n',
    good: 'struct node { struct node *next; };\n\nint list_length(struct node *n)\n{\n\tint count = 0;\n\n\tfor (; n; n = n->next)\n\t\tcount++;\n\treturn count;\n}\n',
    instead: 'A loop, with a list of what is left to do where one is needed.',
    limits:
      'Recursion that its arguments bound is reported as well, as a hint. Where no path ends without the call, it is a warning. Calls through pointers are not counted.',
    atRunTime: ['BUG: TASK stack guard page was hit', 'BUG: stack guard page was hit'],
  },
  'stack-overflow': {
    group: 'stack',
    severity: 'warning',
    summary: 'a chain of calls whose frames are larger than the kernel stack',
    why: 'The last functions of the chain write beyond the end of the stack: on x86_64 into the guard page, which stops the machine; on i386 into whatever lies below.',
    bad: 'static void c(void) { char b[1800]; memset(b, 0, 1800); }\nstatic void b2(void) { char b[1800]; memset(b, 0, 1800); c(); }\nstatic void b1(void) { char b[1800]; memset(b, 0, 1800); b2(); }\nstatic void a9(void) { char b[1800]; memset(b, 0, 1800); b1(); }\nstatic void a8(void) { char b[1800]; memset(b, 0, 1800); a9(); }\nstatic void a7(void) { char b[1800]; memset(b, 0, 1800); a8(); }\nstatic void a6(void) { char b[1800]; memset(b, 0, 1800); a7(); }\nstatic void a5(void) { char b[1800]; memset(b, 0, 1800); a6(); }\nstatic void a4(void) { char b[1800]; memset(b, 0, 1800); a5(); }\nstatic void a3(void) { char b[1800]; memset(b, 0, 1800); a4(); }\ntask t { a3(); }\n',
    good: 'static void c(void) { char b[1800]; memset(b, 0, 1800); }\ntask t { c(); }\n',
    instead: 'Allocate the buffers, or pass one of them down.',
    limits:
      'Frames are estimated from the locals. Calls through pointers, and the frames of kernel functions and of interrupts, are not counted.',
    atRunTime: ['BUG: TASK stack guard page was hit', 'BUG: stack guard page was hit'],
  },
};
type Caller = FunctionSym | ContextSym;
type Context = RuleContext<'recursion' | 'stack-overflow'>;
interface CallSite {
  readonly to: FunctionSym;
  readonly span: Span;
}

export const callDepth: Rule<'recursion' | 'stack-overflow'> = {
  codes,
  start(cx) {
    const calls = new Map<Caller, CallSite[]>();
    return {
      finish(walked) {
        const { bodies } = walked;
        for (const body of bodies) calls.set(body.sym, callsOf(walked, body));
        const depths = new Depths(cx.program, calls);
        for (const body of bodies) recursion(cx, walked, depths, calls, body);
        tooDeep(cx, depths);
      },
    };
  },
};
function callsOf(walked: Walked, body: Body): CallSite[] {
  const calls: CallSite[] = [];
  if (body.callees.size === 0) return calls;
  for (const { steps } of walked.cfgOf(body).blocks) {
    for (const step of steps) {
      if (step.op !== 'call' || step.target.kind !== 'function') continue;
      calls.push({ to: step.target.sym, span: step.call.span });
    }
  }
  return calls;
}

/** The deepest stack below each body, and which bodies lie on a circle of calls. */
class Depths {
  readonly circular = new Set<Caller>();
  private readonly deepest = new Map<Caller, { readonly bytes: number; readonly next: CallSite | undefined }>();
  private readonly open: Caller[] = [];

  constructor(
    readonly program: Program,
    private readonly calls: ReadonlyMap<Caller, readonly CallSite[]>,
  ) {
    for (const sym of calls.keys()) this.of(sym);
  }
  bodies(): IterableIterator<Caller> {
    return this.calls.keys();
  }
  of(sym: Caller): { readonly bytes: number; readonly next: CallSite | undefined } {
    const known = this.deepest.get(sym);
    if (known) return known;
    const at = this.open.indexOf(sym);
    if (at >= 0) {
      for (const on of this.open.slice(at)) this.circular.add(on);
      return { bytes: 0, next: undefined };
    }
    this.open.push(sym);
    let below = 0;
    let next: CallSite | undefined;
    for (const call of this.calls.get(sym) ?? []) {
      const { bytes } = this.of(call.to);
      if (bytes > below) [below, next] = [bytes, call];
    }
    this.open.pop();
    const result = { bytes: frameSize(this.program, sym) + below, next };
    this.deepest.set(sym, result);
    return result;
  }
}

function tooDeep(cx: Context, depths: Depths): void {
  const limit = stackSize(cx.program);
  if (limit === undefined) return;
  const below = new Set<Caller>();
  const found = [...depths.bodies()].filter((sym) => depths.of(sym).bytes > limit);
  for (const sym of found) {
    const { next } = depths.of(sym);
    if (next) below.add(next.to);
  }
  for (const sym of found) {
    // one finding for a chain: at the body that nothing else in it calls
    if (below.has(sym) || depths.circular.has(sym) || frameSize(cx.program, sym) > limit) continue;
    const related: Related[] = [];
    for (let { next } = depths.of(sym); next && related.length < 20; next = depths.of(next.to).next) {
      related.push({
        span: next.span,
        message: `${next.to.name}() is called here: its frame has ${frameSize(cx.program, next.to)} bytes`,
      });
    }
    cx.report('stack-overflow', sym.def.name.span, () => ({
      message: `the calls below ${sym.name} take ${depths.of(sym).bytes} bytes, more than the ${limit} of a kernel stack: allocate the large buffers with kmalloc()`,
      related,
    }));
  }
}

function recursion(
  cx: Context,
  walked: Walked,
  depths: Depths,
  calls: ReadonlyMap<Caller, readonly CallSite[]>,
  body: Body,
): void {
  const { sym } = body;
  if (sym.kind !== 'function' || !depths.circular.has(sym)) return;
  const circle = wayBack(calls, sym);
  const [first] = circle;
  // one finding for a circle: at the function that comes first in the source
  if (!first || circle.some(({ to }) => before(to, sym))) return;
  const endless = circle.length === 1 && !endsWithout(walked, body);
  const bytes = circle.reduce((sum, { to }) => sum + frameSize(cx.program, to), 0);
  const through = circle.length === 1 ? 'itself' : `itself through ${circle[0]?.to.name}()`;
  cx.report('recursion', first.span, () => ({
    ...(endless ? { severity: 'warning' as const } : {}),
    message: endless
      ? `${sym.name}() calls itself on every path: it never ends, and runs over the end of the kernel stack. Return before the call on some path`
      : `${sym.name}() calls ${through}: each round takes about ${bytes} bytes of the kernel stack, and a kernel stack has ${stackText(cx.program)} in all. Use a loop, or bound the rounds`,
    related: circle.slice(1).map(({ to, span }) => ({ span, message: `${to.name}() is called here` })),
  }));
}
const stackText = (program: Program): string => {
  const size = stackSize(program);
  return size === undefined ? 'little' : `${size}`;
};
const before = (a: FunctionSym, b: FunctionSym): boolean => {
  const [x, y] = [a.def.name.span, b.def.name.span];
  return x.file - y.file < 0 || (x.file === y.file && x.start < y.start);
};
/** The shortest chain of calls from a function back to it. */
function wayBack(calls: ReadonlyMap<Caller, readonly CallSite[]>, sym: FunctionSym): readonly CallSite[] {
  const from = new Map<Caller, { readonly by: Caller; readonly call: CallSite }>();
  const queue: Caller[] = [sym];
  for (let body = queue.shift(); body; body = queue.shift()) {
    for (const call of calls.get(body) ?? []) {
      if (from.has(call.to)) continue;
      from.set(call.to, { by: body, call });
      if (call.to !== sym) {
        queue.push(call.to);
        continue;
      }
      const chain: CallSite[] = [];
      let at: Caller = sym;
      do {
        const step = from.get(at);
        if (!step) break;
        chain.unshift(step.call);
        at = step.by;
      } while (at !== sym);
      return chain;
    }
  }
  return [];
}
/** Whether a function can return without calling itself. */
function endsWithout(walked: Walked, body: Body): boolean {
  const { blocks } = walked.cfgOf(body);
  const seen = new Set<number>([0]);
  const queue = [0];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const block = blocks[id];
    if (!block) continue;
    if (block.steps.some((s) => s.op === 'call' && s.target.kind === 'function' && s.target.sym === body.sym)) continue;
    if (block.end.op === 'return') return true;
    for (const next of successors(block.end)) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return false;
}
