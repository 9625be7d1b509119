/** Which code only one task runs: what only it changes, nothing changes while it waits. */
import type { ContextSym, FunctionSym } from '../../check/context/program';

interface Called {
  readonly sym: FunctionSym | ContextSym;
  readonly callees: ReadonlySet<FunctionSym>;
}
const SEVERAL = 'several';

export class SingleTasks {
  private readonly by = new Map<FunctionSym | ContextSym, ContextSym | typeof SEVERAL>();

  constructor(
    private readonly bodies: ReadonlyMap<FunctionSym | ContextSym, Called>,
    callbacks: readonly { readonly sym: FunctionSym }[],
  ) {
    const called = new Set<FunctionSym>();
    for (const { callees } of bodies.values()) for (const callee of callees) called.add(callee);
    for (const { sym } of bodies.values()) {
      if (sym.kind === 'context') this.reach(sym, sym.word === 'task' ? sym : SEVERAL);
      else if (!called.has(sym)) this.reach(sym, SEVERAL);
    }
    for (const { sym } of callbacks) this.reach(sym, SEVERAL);
  }
  private reach(from: FunctionSym | ContextSym, by: ContextSym | typeof SEVERAL): void {
    const work = [from];
    for (let sym = work.pop(); sym; sym = work.pop()) {
      const before = this.by.get(sym);
      const now = before === undefined || before === by ? by : SEVERAL;
      if (now === before) continue;
      this.by.set(sym, now);
      work.push(...(this.bodies.get(sym)?.callees ?? []));
    }
  }
  /** The only task that runs a body; undefined: other contexts may run it, or it may run several times at once. */
  only({ sym }: { readonly sym: FunctionSym | ContextSym }): ContextSym | undefined {
    const by = this.by.get(sym);
    return by === SEVERAL ? undefined : by;
  }
}
