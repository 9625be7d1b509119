/** Functions at file level: prototypes, definitions, and that they agree. */

import { compatible } from '../../types/conversions';
import type { FunctionType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import type { FunctionDef } from '../syntax/tree';
import type { CheckContext } from './context/checkContext';
import type { Mutable } from './context/nameScopes';
import type { FunctionSym, Sym } from './context/program';
import { ERROR_TYPE } from './context/tables';
import { typeOfSyntax } from './types/checkTypes';
import { declareGlobal } from './types/declareNames';

// ---------------------------------------------------------------- functions
export function declareFunction(cx: CheckContext, def: FunctionDef): void {
  const type = typeOfSyntax(cx, def.type);
  if (type === ERROR_TYPE || type.kind !== 'function') return;
  if (def.type.kind === 'functionType' && type.variadic && def.body) {
    cx.problems.error(
      'variadic-function',
      `'${def.name.text}' takes '...': the language has no variadic functions of your own`,
      def.name.span,
    );
  }
  const old = cx.scopes.globals.get(def.name.text);
  if (old) {
    mergeFunction(cx, old, def, type);
    return;
  }
  // a prototype of a function that kmem has
  if (!def.body && cx.builtins.lookup(def.name.text)) return;
  const sym = newFunction(cx, def, type);
  declareGlobal(cx, sym, def.name);
  cx.found.functions.push(sym);
}

export function newFunction(cx: CheckContext, def: FunctionDef, type: FunctionType): Mutable<FunctionSym> {
  const sym: Mutable<FunctionSym> = {
    kind: 'function',
    name: def.name.text,
    type,
    span: def.name.span,
    def,
    params: [],
    locals: [],
  };
  cx.tables.symbols.set(def, sym);
  cx.tables.symbols.set(def.name, sym);
  return sym;
}

function mergeFunction(cx: CheckContext, old: Sym, def: FunctionDef, type: FunctionType): void {
  const related = old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : {};
  if (old.kind !== 'function') {
    cx.problems.error(
      'redefinition',
      `'${def.name.text}' is already declared, and is not a function`,
      def.name.span,
      related,
    );
    return;
  }
  cx.tables.symbols.set(def, old);
  cx.tables.symbols.set(def.name, old);
  if (!compatible(old.type, type)) {
    cx.problems.error(
      'conflicting-types',
      `'${def.name.text}' is declared as ${typeName(type, def.name.text)}, before as ${typeName(old.type, def.name.text)}`,
      def.name.span,
      related,
    );
  }
  if (!def.body) return;
  if (old.def.body) {
    cx.problems.error('redefinition', `the function '${def.name.text}' already has a body`, def.name.span, related);
    return;
  }
  const sym = old as Mutable<FunctionSym>;
  sym.def = def;
  sym.type = type;
  sym.span = def.name.span;
}
