/** The kernel's API as the vm runs it: one implementation per function that the catalogue calls runnable. The type enforces this. */
import { lookupApi } from '../../language/catalogue/catalogue';
import type { Builtin } from '../machine/machine';
import { atomics } from './atomicCalls';
import { bits } from './bitCalls';
import { contextBuiltins } from './contextCalls';
import { bind, type Implementation, type Implementations } from './define';
import { hrtimerBuiltins } from './hrtimerCalls';
import { kmallocBuiltins } from './kmallocCalls';
import { lists, trees } from './listCalls';
import { lockBuiltins } from './lockCalls';
import { reportBuiltins } from './logCalls';
import { mappingBuiltins } from './mappingCalls';
import { helpers } from './mathCalls';
import { pageBuiltins } from './pageCalls';
import { pagetableBuiltins } from './pagetableCalls';
import { percpuBuiltins } from './percpuCalls';
import { poolBuiltins } from './poolCalls';
import { slabBuiltins } from './slabCalls';
import { stringBuiltins } from './stringCalls';
import { taskBuiltins } from './taskCalls';
import { vmallocBuiltins } from './vmallocCalls';

const implementations: Implementations = {
  ...pageBuiltins,
  ...pagetableBuiltins,
  ...contextBuiltins,
  ...lockBuiltins,
  ...taskBuiltins,
  ...hrtimerBuiltins,
  ...mappingBuiltins,
  ...percpuBuiltins,
  ...poolBuiltins,
  ...vmallocBuiltins,
  ...lists,
  ...trees,
  ...atomics,
  ...bits,
  ...helpers,
  ...stringBuiltins,
  ...slabBuiltins,
  ...kmallocBuiltins,
  ...reportBuiltins,
};

/** With their arguments converted as the catalogue's prototypes say. */
const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  Object.entries(implementations).map(([name, implementation]) => [
    name,
    // `bind` converts the arguments to the prototype's types, which are those of the implementation
    bind(lookupApi(name)?.proto ?? '', implementation as Implementation),
  ]),
);
/** The implementation of a function of the kernel; undefined for one that only the linter knows. */
export const builtinNamed = (name: string): Builtin | undefined => BUILTINS.get(name);
