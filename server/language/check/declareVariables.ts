/** Variables and typedefs at file level, per-CPU variables, and what `extern` declares inside a function. */
import { compatible, withAlign } from '../../types/conversions';
import type { CType } from '../../types/ctype';
import { quotedType, sizeOf, typeName } from '../../types/ctype';
import { type AskedLayout, NOTHING_ASKED } from '../../types/recordLayout';
import type { Declaration, Declarator, FunctionDef, MacroDeclaration, Modifiers, Name, Span } from '../syntax/tree';
import { declareFunction, newFunction } from './checkFunctions';
import type { CheckContext } from './context/checkContext';
import type { Mutable } from './context/nameScopes';
import { didYouMean } from './context/nameScopes';
import type { Sym, TypedefSym, VarSym } from './context/program';
import { ERROR_TYPE } from './context/tables';
import { checkInitialiser } from './expressions/checkInit';
import { askedFor } from './types/askedLayout';
import { typeOfArgument, typeOfSyntax } from './types/checkTypes';
import { declareGlobal } from './types/declareNames';

// ---------------------------------------------------------------- variables, typedefs
export function declareVariables(cx: CheckContext, decl: Declaration): void {
  const modifierNames = new Set(decl.modifiers.names.map((w) => w.text));
  if (decl.declarators.length === 0) {
    typeOfSyntax(cx, decl.base);
    if (decl.base.kind !== 'recordType' && decl.base.kind !== 'enumType' && !(decl.base.kind === 'qualifiedType'))
      cx.problems.warn('no-effect', 'this declares nothing: a name is missing', decl.span);
    return;
  }
  for (const d of decl.declarators) {
    const asked = askedFor(cx, decl, d);
    if (modifierNames.has('typedef')) declareTypedef(cx, d, asked);
    else declareVariable(cx, d, modifierNames, decl.modifiers, asked);
  }
}

function declareTypedef(cx: CheckContext, d: Declarator, asked: AskedLayout): void {
  const type = typeOfSyntax(cx, d.type);
  const sym: TypedefSym = {
    kind: 'typedef',
    name: d.name.text,
    type: namedType(type, d.name.text, asked),
    span: d.name.span,
  };
  cx.tables.symbols.set(d, sym);
  cx.tables.symbols.set(d.name, sym);
  const old = cx.scopes.globals.get(d.name.text);
  if (old?.kind === 'typedef' && compatible(old.type, type)) return;
  // a typedef of the kernel's own under its own meaning is common in pasted code
  if (!old) {
    const builtin = cx.layouts.typedef(d.name.text);
    if (builtin && !compatible(builtin, type))
      cx.problems.hint(
        'replaces-builtin',
        `this '${d.name.text}' replaces the kernel's own in this scenario`,
        d.name.span,
      );
  }
  declareGlobal(cx, sym, d.name);
}

function declareVariable(
  cx: CheckContext,
  d: Declarator,
  modifierNames: ReadonlySet<string>,
  modifiers: Modifiers,
  { align }: AskedLayout,
): VarSym | undefined {
  let type = typeOfSyntax(cx, d.type);
  if (type.kind === 'function') {
    const def: FunctionDef = { kind: 'function', modifiers, name: d.name, type: d.type, span: d.span };
    declareFunction(cx, def);
    return undefined;
  }
  const isExtern = modifierNames.has('extern') && d.init === undefined;
  type = checkVariableType(cx, type, d);
  const old = cx.scopes.globals.get(d.name.text);
  if (old) return mergeVariable(cx, old, d, type, modifierNames, align);
  if (isExtern && cx.builtins.lookup(d.name.text)?.kind === 'kernelVar') return undefined;
  const sym: Mutable<VarSym> = {
    kind: 'var',
    name: d.name.text,
    type,
    span: d.name.span,
    storage: 'global',
    id: cx.nextId++,
    align,
    init: d.init,
    owner: undefined,
  };
  cx.tables.symbols.set(d, sym);
  cx.tables.symbols.set(d.name, sym);
  declareGlobal(cx, sym, d.name);
  cx.found.globals.push(sym);
  if (modifierNames.has('static') || d.init) cx.items.staticOrInitialised.add(sym);
  if (isExtern) cx.items.externs.add(sym);
  if (d.init) cx.items.pending.push({ sym, declarator: d });
  else if (type.kind === 'array' && type.length === null && !isExtern) {
    cx.problems.error('incomplete-type', `'${d.name.text}' has no length; give it one or an initialiser`, d.span);
    sym.type = ERROR_TYPE;
  }
  return sym;
}

/** C's tentative definitions: the same variable declared again */
function mergeVariable(
  cx: CheckContext,
  old: Sym,
  d: Declarator,
  type: CType,
  modifierNames: ReadonlySet<string>,
  align: number,
): VarSym | undefined {
  const related = old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : {};
  if (old.kind !== 'var') {
    cx.problems.error('redefinition', `'${d.name.text}' is already declared`, d.name.span, related);
    return undefined;
  }
  cx.tables.symbols.set(d, old);
  cx.tables.symbols.set(d.name, old);
  if (type !== ERROR_TYPE && old.type !== ERROR_TYPE && !compatible(old.type, type)) {
    cx.problems.error(
      'conflicting-types',
      `'${d.name.text}' is declared as ${typeName(type, d.name.text)}, before as ${typeName(old.type, d.name.text)}`,
      d.name.span,
      related,
    );
    return old;
  }
  const sym = old as Mutable<VarSym>;
  sym.align = Math.max(sym.align ?? 0, align);
  if (old.type.kind === 'array' && old.type.length === null) sym.type = type;
  if (d.init) {
    if (old.init) {
      cx.problems.error('redefinition', `'${d.name.text}' is already initialised`, d.name.span, related);
      return old;
    }
    sym.init = d.init;
    cx.items.staticOrInitialised.add(old);
    cx.items.pending.push({ sym, declarator: d });
  } else if (
    !modifierNames.has('extern') &&
    !modifierNames.has('static') &&
    !cx.items.externs.has(old) &&
    !old.init &&
    cx.items.staticOrInitialised.has(old)
  ) {
    cx.problems.error('redefinition', `'${d.name.text}' is already declared 'static'`, d.name.span, related);
  }
  if (modifierNames.has('static')) cx.items.staticOrInitialised.add(old);
  return old;
}

export function declareFromBlock(cx: CheckContext, d: Declarator, type: CType, modifiers: Modifiers): void {
  const known = cx.scopes.lookup(d.name.text);
  if (known) {
    cx.tables.symbols.set(d, known);
    cx.tables.symbols.set(d.name, known);
    return;
  }
  if (type.kind === 'function') {
    const sym = newFunction(cx, { kind: 'function', modifiers, name: d.name, type: d.type, span: d.span }, type);
    cx.scopes.globals.set(d.name.text, sym);
    cx.found.functions.push(sym);
  } else declareVariable(cx, d, new Set(['extern']), modifiers, NOTHING_ASKED);
}

export function declarePerCpu(cx: CheckContext, decl: MacroDeclaration): VarSym | undefined {
  const [what, which] = decl.args;
  if (decl.args.length !== 2 || !what || which?.kind !== 'ident') {
    cx.problems.error(
      'argument-count',
      `'${decl.macro.text}' takes a type and a name: ${decl.macro.text}(int, counter)`,
      decl.span,
    );
    return undefined;
  }
  const type = typeOfArgument(cx, what) ?? ERROR_TYPE;
  const name: Name = { kind: 'name', text: which.name, span: which.span };
  const old = cx.scopes.globals.get(which.name);
  if (old) {
    if (decl.macro.text.startsWith('DEFINE') && !(old.kind === 'var' && old.percpu && !old.init)) {
      cx.problems.error(
        'redefinition',
        `'${which.name}' is already declared`,
        which.span,
        old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : undefined,
      );
    }
    return undefined;
  }
  const checked = checkVariableType(cx, type, { name, span: decl.span });
  const sym: Mutable<VarSym> = {
    kind: 'var',
    name: which.name,
    type: checked,
    span: which.span,
    storage: 'global',
    id: cx.nextId++,
    align: 0,
    init: decl.init,
    owner: undefined,
    percpu: true,
  };
  cx.tables.symbols.set(which, sym);
  cx.tables.symbols.set(decl, sym);
  cx.scopes.globals.set(which.name, sym);
  cx.found.globals.push(sym);
  cx.items.staticOrInitialised.add(sym);
  if (decl.init) checkInitialiser(cx, decl.init, checked, true);
  return sym;
}

/** Reports types no variable can have. */
export function checkVariableType(
  cx: CheckContext,
  type: CType,
  d: { readonly name: Name; readonly span: Span },
): CType {
  if (type === ERROR_TYPE) return type;
  if (type.kind === 'void') {
    cx.problems.error('bad-type', `'${d.name.text}' cannot be of type void; use a pointer, 'void *'`, d.name.span);
    return ERROR_TYPE;
  }
  if (type.kind === 'array' && type.length === null) return type;
  if (sizeOf(type) === undefined) {
    cx.problems.error(
      'incomplete-type',
      `'${d.name.text}' has the type ${quotedType(type)}, which is not defined in this scenario`,
      d.name.span,
    );
    return ERROR_TYPE;
  }
  return type;
}

export function unknownMacroDeclaration(cx: CheckContext, decl: MacroDeclaration): void {
  const sym = cx.scopes.lookup(decl.macro.text);
  if (sym) {
    if (sym.kind === 'api' && sym.entry.kind === 'macro') return; // only the linter knows it
    cx.problems.error(
      'unexpected-token',
      `'${decl.macro.text}(…)' is a call; calls are allowed only inside functions and blocks`,
      decl.span,
    );
    return;
  }
  const near = cx.scopes.nearestName(decl.macro.text, (s) => s.kind === 'api' && s.entry.kind === 'macro');
  const { text, more } = didYouMean(near, decl.macro.span);
  cx.problems.error(
    'unknown-macro',
    `'${decl.macro.text}' is not a macro that kmem knows${text}`,
    decl.macro.span,
    more,
  );
}

/** The type a typedef names, showing that name, with the alignment it asks for. A tagged record stays the record it is. */
export function namedType(type: CType, name: string, { align }: AskedLayout): CType {
  const named = withName(type, name);
  return align === 0 || type === ERROR_TYPE ? named : withAlign(named, align);
}
function withName(type: CType, name: string): CType {
  if (type === ERROR_TYPE) return type;
  if (type.kind === 'struct' || type.kind === 'union') {
    // an anonymous struct is known by this name from now on
    if (type.tag === undefined) (type as { typedef?: string }).typedef ??= name;
    return type;
  }
  if (type.kind === 'enum' && type.tag !== undefined) return type;
  return { ...type, typedef: name };
}
