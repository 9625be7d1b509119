/** The kernel's names for the checker, from the catalogue. */
import type { KernelNames } from './builtins';

export const kernelNames: KernelNames = {
  api: () => undefined,
  macro: () => undefined,
  constant: () => undefined,
  kernelVar: () => undefined,
  names: () => [],
};
