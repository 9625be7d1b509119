/** Functions at file level: prototypes, definitions, and that they agree. */

import { compatible } from '../../types/conversions';
import type { FunctionType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import type { FunctionDef } from '../syntax/tree';
import { ERROR_TYPE, type Mutable } from './checkBase';
import { StmtChecker } from './checkStmt';
import type { FunctionSym, Sym } from './program';

export abstract class FunctionChecker extends StmtChecker {
  readonly functions: Mutable<FunctionSym>[] = [];

  // ---------------------------------------------------------------- functions
  protected declareFunction(def: FunctionDef): void {
    const type = this.typeOfSyntax(def.type);
    if (type === ERROR_TYPE || type.kind !== 'function') return;
    if (def.type.kind === 'functionType' && type.variadic && def.body) {
      this.error(
        'variadic-function',
        `'${def.name.text}' takes '...': variadic functions of one's own are not in this language`,
        def.name.span,
      );
    }
    const old = this.globals.get(def.name.text);
    if (old) {
      this.mergeFunction(old, def, type);
      return;
    }
    // a prototype of a function that kmem has anyway
    if (!def.body && this.builtins.lookup(def.name.text)) return;
    const sym = this.newFunction(def, type);
    this.declareGlobal(sym, def.name);
    this.functions.push(sym);
  }
  protected newFunction(def: FunctionDef, type: FunctionType): Mutable<FunctionSym> {
    const sym: Mutable<FunctionSym> = {
      kind: 'function',
      name: def.name.text,
      type,
      span: def.name.span,
      def,
      params: [],
      locals: [],
    };
    this.tables.symbols.set(def, sym);
    this.tables.symbols.set(def.name, sym);
    return sym;
  }
  private mergeFunction(old: Sym, def: FunctionDef, type: FunctionType): void {
    const related = old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : {};
    if (old.kind !== 'function') {
      this.error('redefinition', `'${def.name.text}' is already declared, and is no function`, def.name.span, related);
      return;
    }
    this.tables.symbols.set(def, old);
    this.tables.symbols.set(def.name, old);
    if (!compatible(old.type, type)) {
      this.error(
        'conflicting-types',
        `'${def.name.text}' is declared as ${typeName(type, def.name.text)}, before as ${typeName(old.type, def.name.text)}`,
        def.name.span,
        related,
      );
    }
    if (!def.body) return;
    if (old.def.body) {
      this.error('redefinition', `the function '${def.name.text}' already has a body`, def.name.span, related);
      return;
    }
    const sym = old as Mutable<FunctionSym>;
    sym.def = def;
    sym.type = type;
    sym.span = def.name.span;
  }
}
