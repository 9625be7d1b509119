/** The macros that shape the syntax. The parser is handed them (`catalogue.ts: macroNames`); it looks nothing up. */
export interface MacroNames {
  /** `DEFINE_SPINLOCK(x);` is a declaration */
  declares(name: string): boolean;
  /** `list_for_each(pos, head) statement` is a loop */
  loops(name: string): boolean;
}
