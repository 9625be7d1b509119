/** The page tables that a walk can begin at: the processor's, init_mm's, and those of processes. */
import { topLevelOf, usedMm } from '../../inspect/usedMm';
import type { View } from '../../inspect/view';
import type { Target } from '../../target/target';

export interface TopLevel {
  readonly id: string;
  readonly name: string;
  /** physical address */
  readonly pgd: number;
}

/** `current` is what the processor translates with while a task runs; it comes first. */
export function topLevels(view: View, target: Target, task: number): TopLevel[] {
  const { pageTables } = view.kernel;
  const tasks = target.tasks();
  const label = (id: number): string => {
    const found = tasks.find((t) => t.task === id);
    return found ? `${found.comm} (${found.pid})` : 'the task';
  };
  const used = usedMm(view, task);
  const current = used
    ? `${label(task)}${used.borrowed ? ', a kernel thread with the mm of the process before it' : ''}`
    : `${label(task)}, which uses init_mm`;
  const found: TopLevel[] = [
    { id: 'current', name: current, pgd: used?.pgd ?? pageTables.pgd },
    { id: 'init_mm', name: "init_mm, the kernel's own", pgd: pageTables.pgd },
  ];
  for (const { task: id, pid, state } of tasks) {
    if (state === 'dead') continue;
    const mm = view.pointer(id, 'task_struct', 'mm');
    const pgd = mm ? topLevelOf(view, mm) : undefined;
    if (mm && pgd !== undefined && pgd !== pageTables.pgd)
      found.push({ id: `pid ${pid}`, name: `process ${label(id)}`, pgd });
  }
  return found;
}
