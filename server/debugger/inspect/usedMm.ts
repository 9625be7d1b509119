/** The address space that a task runs in: which top level the processor translates with. */
import type { View } from './view';

/** An mm other than init_mm that a task uses. */
export interface UsedMm {
  readonly mm: number;
  /** an expression of it */
  readonly path: string;
  /** physical address of its top level */
  readonly pgd: number;
  /** a kernel thread has it from the task before it */
  readonly borrowed: boolean;
}
/** undefined for a task that uses init_mm, and where a pointer leads nowhere */
export function usedMm(view: View, task: number): UsedMm | undefined {
  const { symbols } = view.kernel;
  const mm = view.pointer(task, 'task_struct', 'active_mm');
  if (!mm || mm === symbols.address('init_mm')) return undefined;
  const pgd = topLevelOf(view, mm);
  if (pgd === undefined) return undefined;
  const bits = view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(task)));
  const path = `((struct task_struct *)${bits})->active_mm`;
  return { mm, path, pgd, borrowed: view.pointer(task, 'task_struct', 'mm') !== mm };
}
/** Physical address of the top level of an mm_struct; undefined where its pointer leads nowhere. */
export function topLevelOf(view: View, mm: number): number | undefined {
  const pgd = view.kernel.direct.pa(view.pointer(mm, 'mm_struct', 'pgd') ?? 0);
  return pgd < 0 ? undefined : pgd;
}
