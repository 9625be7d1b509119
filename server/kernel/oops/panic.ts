/** panic(): the machine stops (kernel/panic.c, 6.1). */
import type { Reports } from '../printk/reports';
import { type Core, STATUS_PANIC } from '../sched/core';

export function panic(core: Core, reports: Reports, text: string): void {
  stop(core, reports, text, reports.dumpStack());
}
/** For a machine whose current task and stack cannot be read. */
export function panicWithoutTrace(core: Core, reports: Reports, text: string): void {
  stop(core, reports, text, []);
}
function stop(core: Core, reports: Reports, text: string, trace: readonly string[]): void {
  core.setGlobal('kmem_status', STATUS_PANIC);
  reports.log.report({
    kind: 'panic',
    title: `Kernel panic - not syncing: ${text}`,
    lines: [...trace, 'Kernel Offset: disabled', `---[ end Kernel panic - not syncing: ${text} ]---`],
  });
}
