/** Where kmemleak begins to look for pointers (mm/kmemleak.c: kmemleak_scan, 6.1): variables, per-CPU memory, struct pages, stacks. */
import type { ScanArea } from './mm/checks/kmemleak';
import type { Running } from './running';
import type { BootedKernel } from './sched/booted_kernel';
import { TASK_DEAD } from './sched/task';

/**
 * Stacks from the frame that runs up: what lies below it is left over from calls that have returned, which a real stack overwrites. The
 * stacks of interrupts are per-CPU memory on x86_64; on i386 they are pages, in which the kernel does not look.
 */
function stacks({ tasks, reports, core }: Running): ScanArea[] {
  reports.stacks.save();
  return tasks.all.flatMap((task) => {
    if (tasks.state(task) & TASK_DEAD) return [];
    const { stack, threadSize } = tasks.layout(task);
    const used = reports.stacks.inUse(task).filter(({ name }) => name === 'TASK' || core.wordSize === 8);
    // registers that have been overwritten: all of it
    if (!used.some(({ name }) => name === 'TASK')) used.push({ name: 'TASK', start: stack, end: stack + threadSize });
    return [
      { start: task, bytes: tasks.taskSize },
      ...used.flatMap(({ start, end }) =>
        core.kernel.space.translate(start) < 0 ? [] : [{ start, bytes: end - start }],
      ),
    ];
  });
}
/** per-CPU variables that are stacks: of them, too, only what is in use */
const STACK_VARIABLES = ['irq_stack_backing_store', 'exception_stacks'];
/** What is left of an area. */
function without(area: ScanArea, holes: readonly ScanArea[]): ScanArea[] {
  const rest: ScanArea[] = [];
  let { start } = area;
  const end = start + area.bytes;
  for (const hole of [...holes].sort((a, b) => a.start - b.start)) {
    rest.push({ start, bytes: hole.start - start });
    start = hole.start + hole.bytes;
  }
  return [...rest, { start, bytes: end - start }];
}
/** Variables: what is read-only is not looked at, so that a constant such as VMALLOC_START is not a pointer to the first vmalloc(). */
export function leakRoots(
  { symbols, percpu, space, pages, profile, config }: BootedKernel,
  running: Running,
): readonly ScanArea[] {
  const variables = symbols
    .all()
    .flatMap(({ va, type, size, percpu: copies }) =>
      type && !copies && !symbols.isReadOnly(va) ? [{ start: va, bytes: size }] : [],
    );
  const { percpuStart, percpu: unit } = profile.arches[config.arch];
  const bytes = unit.static + unit.reserved + unit.dynamic;
  const units = Array.from({ length: percpu.cpus }, (_, cpu) => {
    const start = percpu.offset(cpu) + percpuStart;
    return without(
      { start, bytes },
      STACK_VARIABLES.flatMap((name) => {
        const found = symbols.lookup(name);
        return found ? [{ start: symbols.address(name, cpu), bytes: found.size }] : [];
      }),
    );
  }).flat();
  const structPages = space.ranges
    .filter(({ name }) => name === 'vmemmap')
    .map(({ start, size }) => ({ start, bytes: size }));
  const flat = structPages.length > 0 ? structPages : [{ start: pages.pageAddr(0), bytes: pages.endPfn * pages.size }];
  return [...variables, ...units, ...flat, ...stacks(running)];
}
