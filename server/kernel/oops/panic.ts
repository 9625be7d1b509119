/** panic(): the machine stops (kernel/panic.c, 6.1). */
import type { Reports } from '../printk/reports';
import { type Core, STATUS_PANIC } from '../sched/core';

export function panic(core: Core, reports: Reports, text: string): void {
  core.setGlobal('kmem_status', STATUS_PANIC);
  reports.log.report({
    kind: 'panic',
    title: `Kernel panic - not syncing: ${text}`,
    lines: [...reports.dumpStack(), `---[ end Kernel panic - not syncing: ${text} ]---`],
  });
}
