/** A scenario checked: its files parsed, its names declared, its bodies checked. */
import { constantTable } from '../../profiles/constantTable';
import { layoutsFor } from '../../profiles/layoutsFor';
import type { ConstantMachine } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import type { Layouts } from '../../types/layout';
import { orMake } from '../../types/orMake';
import { macroNames } from '../catalogue/catalogue';
import { onItsOwn } from '../syntax/placed';
import type { Item, MachineDef } from '../syntax/tree';
import { newChecker } from './checker';
import { checkBodies, declareItem } from './checkItems';
import { Builtins, type KernelNames } from './context/builtinNames';
import type { Code } from './context/checkCodes';
import { NodeTable } from './context/nodeTable';
import type { Diagnostic, Program } from './context/program';
import { programOf } from './finishedProgram';
import { kernelNames } from './kernelNames';
import { declareInOrder } from './laterNames';
import { readMachine } from './machineBlock';
import { type CheckOptions, type InputFile, type ResolveInclude, readFiles } from './readFiles';

export type { CheckOptions, InputFile } from './readFiles';

// ---------------------------------------------------------------- programs
const builtinsByNames = new WeakMap<KernelNames, WeakMap<object, Builtins>>();
function builtinsFor(names: KernelNames, layouts: Layouts, profile: Profile, machine: ConstantMachine): Builtins {
  // machines with the same constants have the same layouts
  const byConstants = orMake(builtinsByNames, names, () => new WeakMap());
  const builtins = orMake(byConstants, constantTable(profile, machine), () => new Builtins(names, layouts, machine));
  return builtins;
}
/** Checks a scenario: one file, or a main file with others that it may include. */
export function check(files: InputFile | readonly InputFile[], options: CheckOptions = {}): Program {
  const given = 'path' in files ? [files] : files;
  const main = given[0] ?? { path: 'scenario.kmem', text: '' };
  const macros = options.kernelNames?.macroNames ?? macroNames;
  const include: ResolveInclude = (path, from) =>
    options.resolveInclude?.(path, from) ?? given.find((f) => f.path === path || f.path.endsWith(`/${path}`));
  const { sources, ids, items, diagnostics: said } = readFiles(main, include, macros);
  const diagnostics = [...said];
  const machines = items.filter((i): i is MachineDef => i.kind === 'machine');
  severalMachines(machines, (d) => diagnostics.push(d));
  const { machine, profile } = readMachine(machines[0], (d) => diagnostics.push(d), options.profiles, options.machine);
  const layouts = layoutsFor(profile, machine);
  const cx = newChecker(
    layouts,
    builtinsFor(options.kernelNames ?? kernelNames(profile), layouts, profile, machine),
    ids,
  );
  declareInOrder(cx, items, (item: Item) => declareItem(cx, item));
  checkBodies(cx, machine);
  cx.outside.diagnostics = [...diagnostics, ...cx.outside.diagnostics].map(onItsOwn);
  const { count: nodes } = ids;
  return programOf({ cx, sources, machine, profile, options, nodes, constants: new NodeTable(nodes) });
}
function severalMachines([first, ...others]: readonly MachineDef[], report: (d: Diagnostic<Code>) => void): void {
  for (const extra of others) {
    report({
      code: 'bad-machine',
      severity: 'error',
      message: "a program has one 'machine'",
      span: { ...extra.span, end: extra.span.start + 7 },
      related: first ? [{ span: first.span, message: 'the first is here' }] : [],
    });
  }
}
