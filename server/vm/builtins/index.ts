/** The kernel's API as the vm runs it: one implementation a function that the catalogue calls runnable. The type makes sure of it. */
import type { RunnableName } from '../../language/catalogue/index';
import type { Builtin } from '../machine';
import { atomics } from './atomics';
import { bits } from './bits';
import { contextBuiltins } from './contexts';
import { helpers } from './helpers';
import { lists } from './lists';
import { lockBuiltins } from './locks';
import { pageBuiltins } from './pages';
import { reportBuiltins } from './report';
import { stringBuiltins } from './strings';
import { taskBuiltins } from './tasks';

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
