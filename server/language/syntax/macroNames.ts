/** The macros that shape the syntax. They are passed to the parser (`catalogue.ts: macroNames`), which does no look-ups. */
export interface MacroNames {
  /** `DEFINE_SPINLOCK(x);` is a declaration */
  declares(name: string): boolean;
  /** `list_for_each(pos, head) statement` is a loop */
  loops(name: string): boolean;
  /** `RB_ROOT`: written without arguments */
  isObject(name: string): boolean;
  /** `SET_RUNTIME_PM_OPS(…)` in an initialiser: values with the comma after them */
  endsWithComma(name: string): boolean;
}
