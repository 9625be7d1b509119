/** Codes of the errors that keep a checked scenario from running. */
import type { Code } from '../../language/check/context/checkCodes';

export const LOAD_CODES = {
  'nothing-to-run': 'a scenario without a task: interrupts, timers and functions run only when a task causes them',
  'not-executable':
    'a function that the catalogue knows and the emulator does not run yet, or something too large: the scenario is linted, and refused before the start',
  'unknown-input':
    'a value is given for an input that the scenario does not have, that is not a number, or into which the value does not fit',
};
/** The compiler also reports codes of the checker. */
export type LoadCode = keyof typeof LOAD_CODES | Code;
