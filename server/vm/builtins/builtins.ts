/** The kernel's API as the vm runs it: one implementation a function that the catalogue calls runnable. The type makes sure of it. */
import type { RunnableName } from '../../language/catalogue/catalogue';
import type { Builtin } from '../machine/machine';
import { atomics } from './atomicCalls';
import { bits } from './bitCalls';
import { contextBuiltins } from './contextCalls';
import { lists } from './listCalls';
import { lockBuiltins } from './lockCalls';
import { reportBuiltins } from './logCalls';
import { helpers } from './mathCalls';
import { pageBuiltins } from './pageCalls';
import { stringBuiltins } from './stringCalls';
import { taskBuiltins } from './taskCalls';

export const BUILTINS: { readonly [K in RunnableName]: Builtin } = {
  ...pageBuiltins,
  ...contextBuiltins,
  ...lockBuiltins,
  ...taskBuiltins,
  ...lists,
  ...atomics,
  ...bits,
  ...helpers,
  ...stringBuiltins,
  ...reportBuiltins,
};
const byName: Readonly<Record<string, Builtin>> = BUILTINS;
/** The implementation of a function of the kernel; undefined for one that only the linter knows. */
export const builtinNamed = (name: string): Builtin | undefined =>
  Object.hasOwn(byName, name) ? byName[name] : undefined;
