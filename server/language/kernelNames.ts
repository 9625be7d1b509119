/** The kernel's names for the checker, from the catalogue. */
import type { KernelNames } from './builtins';
import { allNames, lookupApi, lookupConstant, lookupKernelVar, lookupMacro } from './catalogue';

export const kernelNames: KernelNames = {
  api: lookupApi,
  macro: lookupMacro,
  constant: lookupConstant,
  kernelVar: lookupKernelVar,
  names: allNames,
};
