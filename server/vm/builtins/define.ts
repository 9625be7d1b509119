/** How the files of this folder write their rows. */
import type { Builtin, Machine, Outcome, Site } from '../machine/machine';
import type { Value } from '../values/value';

// biome-ignore lint/suspicious/noConfusingVoidType: functions without a result return nothing
type Call = (m: Machine, a: readonly Value[], site: Site) => Outcome | void;
/** Depends on its arguments and on memory only, and changes nothing. */
export const inline = (call: Call): Builtin => ({ form: 'inline', call });
/** Does something. */
export const plain = (call: Call): Builtin => ({ form: 'plain', call });
/** May wait. */
export const wait = (call: Call): Builtin => ({ form: 'wait', call });

export const n = (v: Value | undefined): number => Number(v ?? 0);
export const bool = (b: boolean): number => (b ? 1 : 0);
