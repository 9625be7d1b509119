/**
 * Whose page tables a CPU uses (kernel/sched/core.c: context_switch, finish_task_switch; arch/x86/mm/tlb.c: switch_mm_irqs_off;
 * kernel/exit.c: exit_mm; fs/exec.c: exec_mmap, 6.1). A kernel thread has no mm: it goes on with that of the task before it.
 */
import type { Tlbs } from '../arch/tlb';
import { KernelBug } from '../lib/bug';
import type { MmStructs } from '../mm/process/mm_struct';
import type { Core } from './core';

const TASK = 'task_struct';

export class SwitchMm {
  constructor(
    private readonly core: Core,
    private readonly mms: MmStructs,
    private readonly tlbs: Tlbs,
  ) {}

  private get(task: number, field: 'mm' | 'active_mm'): number {
    return this.core.field(task, TASK, field);
  }
  private set(task: number, field: 'mm' | 'active_mm', mm: number): void {
    this.core.setField(task, TASK, field, mm);
  }
  /** exec_mmap: a task that does not run yet gets an mm of its own. False without memory. */
  exec(task: number, initSemaphore: (sem: number) => void): boolean {
    const mm = this.mms.alloc(task);
    if (mm === 0) return false;
    initSemaphore(mm + this.core.offset('mm_struct', 'mmap_lock'));
    this.set(task, 'mm', mm);
    this.set(task, 'active_mm', mm);
    return true;
  }
  /** The idle task of a CPU borrows init_mm first. */
  idle(task: number): void {
    this.set(task, 'active_mm', this.mms.initMm);
  }
  /** The part of context_switch and finish_task_switch that is about mms. */
  switchTasks(prev: number, next: number): void {
    const { mms } = this;
    const mm = this.get(next, 'mm');
    const before = this.get(prev, 'active_mm');
    const lends = this.get(prev, 'mm') !== 0;
    if (mm === 0) {
      this.set(next, 'active_mm', before);
      if (lends) mms.grab(before);
      else this.set(prev, 'active_mm', 0);
      return;
    }
    const pgd = mms.pgd(mm);
    if (pgd !== this.tlbs.cr3(this.core.cpu)) this.tlbs.loadCr3(pgd);
    if (lends) return;
    this.set(prev, 'active_mm', 0);
    mms.drop(before);
  }
  /** exit_mm: the running task gives up its mm, and borrows it until it leaves the CPU. */
  exit(task: number): void {
    const mm = this.get(task, 'mm');
    if (mm === 0) return;
    this.mms.grab(mm);
    if (mm !== this.get(task, 'active_mm')) throw new KernelBug({ at: 'kernel/exit.c', fn: 'exit_mm' });
    this.set(task, 'mm', 0);
    this.mms.put(mm);
  }
}
