/** What a macro of the kernel means, as the checker reads it. */

/** In a macro's body, between the parts of a name that are pasted together: `name##_fops` is read as `name__paste___fops`. */
export const PASTE = '__paste__';
/** A macro's meaning in the scenario language; its body is in macros.ts. */
export interface MacroBody {
  readonly params: readonly string[];
  readonly form: 'expr' | 'stmt' | 'loop' | 'declaration';
  readonly body: string;
}
