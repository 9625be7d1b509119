/** Where kmemleak begins to look for pointers (mm/kmemleak.c: kmemleak_scan, 6.1): variables, per-CPU memory, struct pages, stacks. */
import type { ScanArea } from './mm/checks/kmemleak';
import type { Running } from './running';
import type { BootedKernel } from './sched/booted_kernel';
import { T, TASK_DEAD } from './sched/task';

/** A stack from the frame that runs up: what lies below it is left over from calls that have returned, which a real stack overwrites. */
function stacks({ tasks, reports, core }: Running): ScanArea[] {
  reports.stacks.save();
  return tasks.all.flatMap((task) => {
    if (tasks.state(task) & TASK_DEAD) return [];
    const { stack, threadSize } = tasks.layout(task);
    const fp = tasks.getLong(task, T.fp);
    const from = fp >= stack && fp <= stack + threadSize ? fp : stack;
    const own = { start: task, bytes: tasks.taskSize };
    return core.kernel.space.translate(from) < 0 ? [own] : [own, { start: from, bytes: stack + threadSize - from }];
  });
}
export function leakRoots(
  { symbols, percpu, space, pages, profile, config }: BootedKernel,
  running: Running,
): readonly ScanArea[] {
  const variables = symbols
    .all()
    .flatMap(({ va, type, size, percpu: copies }) => (type && !copies ? [{ start: va, bytes: size }] : []));
  const { percpuStart, percpu: unit } = profile.arches[config.arch];
  const bytes = unit.static + unit.reserved + unit.dynamic;
  const units = Array.from({ length: percpu.cpus }, (_, cpu) => ({ start: percpu.offset(cpu) + percpuStart, bytes }));
  const structPages = space.ranges
    .filter(({ name }) => name === 'vmemmap')
    .map(({ start, size }) => ({ start, bytes: size }));
  const flat = structPages.length > 0 ? structPages : [{ start: pages.pageAddr(0), bytes: pages.endPfn * pages.size }];
  return [...variables, ...units, ...flat, ...stacks(running)];
}
