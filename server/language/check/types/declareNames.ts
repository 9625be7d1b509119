/** Names at file level, and constants wherever they are declared. */
import type { Name } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import type { ConstSym, Sym } from '../context/program';

// ---------------------------------------------------------------- file scope
export function declareGlobal(cx: CheckContext, sym: Sym, name: Name): boolean {
  if (name.text === '') return false;
  const old = cx.scopes.globals.get(name.text);
  if (old) {
    cx.problems.error(
      'redefinition',
      `'${name.text}' is already declared`,
      name.span,
      old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : undefined,
    );
    return false;
  }
  if (cx.builtins.lookup(name.text)) {
    cx.problems.hint('replaces-builtin', `this '${name.text}' replaces the kernel's own in this scenario`, name.span);
  }
  cx.scopes.globals.set(name.text, sym);
  return true;
}

export function declareConstant(cx: CheckContext, sym: ConstSym, name: Name): void {
  cx.tables.symbols.set(name, sym);
  if (cx.scopes.owner) cx.scopes.declareLocal(sym, name.span);
  else declareGlobal(cx, sym, name);
}
