/**
 * The kernel's page tables at moments before the start. The run begins when boot is over, so these are not in its memory any more: the
 * machine is booted once again up to there, when somebody looks.
 */
import { type BootMoment, bootUntil } from '../../kernel/boot_moments';
import type { Kernel } from '../../kernel/kernel';
import { View } from '../inspect/view';
import { rangeNodes } from './mappedRangeNodes';
import { tableNodes } from './tableNodes';
import { group, type Node, type TreeContext } from './treeNode';

const MOMENTS: readonly (readonly [BootMoment, string])[] = [
  ['head', 'the provisional tables of the first instructions'],
  ['late_initcall', 'everything is mapped, text and read-only data are not protected yet'],
];
/** machines that have been booted for this, by the machine that runs */
const booted = new WeakMap<Kernel, Map<BootMoment, Kernel>>();

function machineAt(kernel: Kernel, moment: BootMoment): Kernel {
  let machines = booted.get(kernel);
  if (!machines) booted.set(kernel, (machines = new Map()));
  let machine = machines.get(moment);
  if (!machine) machines.set(moment, (machine = bootUntil(kernel.config, kernel.profile, moment)));
  return machine;
}

export function earlyTables(context: TreeContext): Node {
  const { view } = context;
  const at = ([moment, summary]: (typeof MOMENTS)[number]): Node =>
    group(moment, summary, () => {
      const early = { ...context, view: new View(machineAt(view.kernel, moment), view.program) };
      const { pageTables } = early.view.kernel;
      return [
        group('mapped', '', () => rangeNodes(early, -Infinity, Infinity, false)),
        group('swapper_pg_dir', '', () => tableNodes(early, pageTables.pgd, 0, false)),
      ];
    });
  return group('before the start', 'tables during boot', () => MOMENTS.map(at));
}
