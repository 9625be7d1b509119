/** The kernel's names for the checker, from the catalogue. */

import { allNames, lookupApi, lookupConstant, lookupKernelVar, lookupMacro } from '../catalogue/catalogue';
import type { KernelNames } from './builtinNames';

export const kernelNames: KernelNames = {
  api: lookupApi,
  macro: lookupMacro,
  constant: lookupConstant,
  kernelVar: lookupKernelVar,
  names: allNames,
};
