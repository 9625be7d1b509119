/**
 * File-level items: functions, variables, typedefs, scenario blocks. First all names in order, then bodies and initialisers, so
 * that functions and scenario blocks may be used before they stand in the file.
 */

import type { MachineConfig } from '../../profiles/machineConfig';
import { compatible, isInteger } from '../../types/conversions';
import type { CType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import { suggest } from '../syntax/suggest';
import type {
  ContextDef,
  Declaration,
  Declarator,
  DefineDir,
  Expr,
  FunctionDef,
  Item,
  MacroDeclaration,
  Marks,
  Name,
  Span,
} from '../syntax/tree';
import { ERROR_TYPE, type Mutable } from './checkBase';
import { FunctionChecker } from './checkFunctions';
import { namedType } from './checkStmt';
import type { ConstSym, ContextSym, FunctionSym, Sym, TypedefSym, VarSym } from './program';

const CONTEXTS = ['task', 'softirq', 'hardirq', 'nmi', 'irqs_off', 'rcu'];

interface PendingVariable {
  readonly sym: Mutable<VarSym>;
  readonly declarator: Declarator;
}

export class Checker extends FunctionChecker {
  readonly contexts: Mutable<ContextSym>[] = [];
  private readonly pending: PendingVariable[] = [];
  private readonly staticOrInitialised = new Set<VarSym>();
  private readonly externs = new Set<VarSym>();
  private readonly contextCounts = new Map<string, number>();

  // ---------------------------------------------------------------- file scope
  protected declareGlobal(sym: Sym, name: Name): boolean {
    if (name.text === '') return false;
    const old = this.globals.get(name.text);
    if (old) {
      this.error(
        'redefinition',
        `'${name.text}' is already declared`,
        name.span,
        old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : undefined,
      );
      return false;
    }
    if (this.builtins.lookup(name.text)) {
      this.hint('replaces-builtin', `this '${name.text}' replaces the kernel's own in this scenario`, name.span);
    }
    this.globals.set(name.text, sym);
    return true;
  }

  declareItem(item: Item): void {
    switch (item.kind) {
      case 'function':
        this.declareFunction(item);
        return;
      case 'declaration':
        this.declareVariables(item);
        return;
      case 'macroDeclaration':
        this.declareByMacro(item);
        return;
      case 'context':
        this.declareContext(item);
        return;
      case 'define':
        this.declareDefine(item);
        return;
      default:
        return;
    }
  }
  private declareDefine(item: DefineDir): void {
    if (!item.value) return;
    const type = this.checkExpr(item.value);
    if (!type) return;
    const value = this.constantOf(item.value);
    if (value === undefined) {
      this.error(
        'not-constant',
        `'#define ${item.name.text}' needs an integer constant; for anything else write a variable or a 'static inline' function`,
        item.value.span,
      );
      return;
    }
    const sym: ConstSym = { kind: 'const', name: item.name.text, type, value, span: item.name.span };
    const old = this.globals.get(item.name.text);
    if (old?.kind === 'const' && old.value === value) return;
    this.declareGlobal(sym, item.name);
    this.tables.symbols.set(item.name, sym);
  }

  // ---------------------------------------------------------------- variables, typedefs
  private declareVariables(decl: Declaration): void {
    const words = new Set(decl.marks.words.map((w) => w.text));
    if (decl.declarators.length === 0) {
      this.typeOfSyntax(decl.base);
      if (decl.base.kind !== 'recordType' && decl.base.kind !== 'enumType' && !(decl.base.kind === 'qualifiedType'))
        this.warn('no-effect', 'this declares nothing', decl.span);
      return;
    }
    for (const d of decl.declarators) {
      if (words.has('typedef')) this.declareTypedef(d);
      else this.declareVariable(d, words, decl.marks);
    }
  }
  private declareTypedef(d: Declarator): void {
    const type = this.typeOfSyntax(d.type);
    const sym: TypedefSym = {
      kind: 'typedef',
      name: d.name.text,
      type: namedType(type, d.name.text),
      span: d.name.span,
    };
    this.tables.symbols.set(d, sym);
    this.tables.symbols.set(d.name, sym);
    const old = this.globals.get(d.name.text);
    if (old?.kind === 'typedef' && compatible(old.type, type)) return;
    // a typedef of the kernel's own under its own meaning is common in pasted code
    if (!old) {
      const builtin = this.layouts.typedef(d.name.text);
      if (builtin && !compatible(builtin, type))
        this.hint('replaces-builtin', `this '${d.name.text}' replaces the kernel's own in this scenario`, d.name.span);
    }
    this.declareGlobal(sym, d.name);
  }
  private declareVariable(d: Declarator, words: ReadonlySet<string>, marks: Marks): VarSym | undefined {
    let type = this.typeOfSyntax(d.type);
    if (type.kind === 'function') {
      const def: FunctionDef = { kind: 'function', marks, name: d.name, type: d.type, span: d.span };
      this.declareFunction(def);
      return undefined;
    }
    const isExtern = words.has('extern') && d.init === undefined;
    type = this.checkVariableType(type, d, isExtern || d.init !== undefined);
    const old = this.globals.get(d.name.text);
    if (old) return this.mergeVariable(old, d, type, words);
    if (isExtern && this.builtins.lookup(d.name.text)?.kind === 'kernelVar') return undefined;
    const sym: Mutable<VarSym> = {
      kind: 'var',
      name: d.name.text,
      type,
      span: d.name.span,
      storage: 'global',
      id: this.nextId++,
      ...(d.init ? { init: d.init } : undefined),
    };
    this.tables.symbols.set(d, sym);
    this.tables.symbols.set(d.name, sym);
    this.declareGlobal(sym, d.name);
    this.globalVars.push(sym);
    if (words.has('static') || d.init) this.staticOrInitialised.add(sym);
    if (isExtern) this.externs.add(sym);
    if (d.init) this.pending.push({ sym, declarator: d });
    else if (type.kind === 'array' && type.length === null && !isExtern) {
      this.error('incomplete-type', `'${d.name.text}' has no length; give it one or an initialiser`, d.span);
      sym.type = ERROR_TYPE;
    }
    return sym;
  }
  /** C's tentative definitions: the same variable declared again */
  private mergeVariable(old: Sym, d: Declarator, type: CType, words: ReadonlySet<string>): VarSym | undefined {
    const related = old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : {};
    if (old.kind !== 'var') {
      this.error('redefinition', `'${d.name.text}' is already declared`, d.name.span, related);
      return undefined;
    }
    this.tables.symbols.set(d, old);
    this.tables.symbols.set(d.name, old);
    if (type !== ERROR_TYPE && old.type !== ERROR_TYPE && !compatible(old.type, type)) {
      this.error(
        'conflicting-types',
        `'${d.name.text}' is declared as ${typeName(type, d.name.text)}, before as ${typeName(old.type, d.name.text)}`,
        d.name.span,
        related,
      );
      return old;
    }
    const sym = old as Mutable<VarSym>;
    if (old.type.kind === 'array' && old.type.length === null) sym.type = type;
    if (d.init) {
      if (old.init) {
        this.error('redefinition', `'${d.name.text}' is already initialised`, d.name.span, related);
        return old;
      }
      sym.init = d.init;
      this.staticOrInitialised.add(old);
      this.pending.push({ sym, declarator: d });
    } else if (
      !words.has('extern') &&
      !words.has('static') &&
      !this.externs.has(old) &&
      !old.init &&
      this.staticOrInitialised.has(old)
    ) {
      this.error('redefinition', `'${d.name.text}' is already declared 'static'`, d.name.span, related);
    }
    if (words.has('static')) this.staticOrInitialised.add(old);
    return old;
  }
  protected declareFromBlock(d: Declarator, type: CType, marks: Marks): void {
    const known = this.lookup(d.name.text);
    if (known) {
      this.tables.symbols.set(d, known);
      this.tables.symbols.set(d.name, known);
      return;
    }
    if (type.kind === 'function') {
      const sym = this.newFunction({ kind: 'function', marks, name: d.name, type: d.type, span: d.span }, type);
      this.globals.set(d.name.text, sym);
      this.functions.push(sym);
    } else this.declareVariable(d, new Set(['extern']), marks);
  }

  // ---------------------------------------------------------------- macros that declare
  private declareByMacro(decl: MacroDeclaration): void {
    const name = decl.macro.text;
    if (/^(DEFINE|DECLARE)_PER_CPU/.test(name)) {
      this.declarePerCpu(decl);
      return;
    }
    if (name === 'static_assert' || name === '_Static_assert') {
      this.checkExpr({
        kind: 'call',
        callee: { kind: 'ident', name, span: decl.macro.span },
        args: decl.args,
        span: decl.span,
      });
      return;
    }
    const declarations = this.expandDeclaration(decl);
    if (declarations.length > 0) {
      for (const d of declarations) this.declareVariables(d);
      return;
    }
    if (this.macroOf(name) !== undefined) return;
    if (
      /^(MODULE_|EXPORT_SYMBOL|module_|.*_initcall$|ALLOW_ERROR_INJECTION|__setup|early_param|core_param)/.test(name) &&
      !this.lookup(name)
    ) {
      for (const arg of decl.args) {
        if (arg.kind !== 'ident') continue;
        const sym = this.globals.get(arg.name);
        if (sym) this.used.add(sym);
      }
      this.hint(
        'ignored-macro',
        `'${name}(…)' has no effect: kmem loads no modules; call the function from a task`,
        decl.span,
      );
      return;
    }
    this.unknownMacroDeclaration(decl);
  }
  protected declarePerCpu(decl: MacroDeclaration): VarSym | undefined {
    const [what, which] = decl.args;
    if (decl.args.length !== 2 || !what || which?.kind !== 'ident') {
      this.error(
        'argument-count',
        `'${decl.macro.text}' takes a type and a name: ${decl.macro.text}(int, counter)`,
        decl.span,
      );
      return undefined;
    }
    const type =
      what.kind === 'typeArg'
        ? this.typeOfSyntax(what.type)
        : what.kind === 'ident'
          ? this.typeOfSyntax({ kind: 'basicType', words: [what.name], span: what.span })
          : ERROR_TYPE;
    const name: Name = { kind: 'name', text: which.name, span: which.span };
    const old = this.globals.get(which.name);
    if (old) {
      if (decl.macro.text.startsWith('DEFINE') && !(old.kind === 'var' && old.percpu && !old.init)) {
        this.error(
          'redefinition',
          `'${which.name}' is already declared`,
          which.span,
          old.span ? { related: [{ span: old.span, message: 'first declared here' }] } : undefined,
        );
      }
      return undefined;
    }
    const checked = this.checkVariableType(type, { name, span: decl.span }, false);
    const sym: Mutable<VarSym> = {
      kind: 'var',
      name: which.name,
      type: checked,
      span: which.span,
      storage: 'global',
      id: this.nextId++,
      percpu: true,
      ...(decl.init ? { init: decl.init } : undefined),
    };
    this.tables.symbols.set(which, sym);
    this.tables.symbols.set(decl, sym);
    this.globals.set(which.name, sym);
    this.globalVars.push(sym);
    this.staticOrInitialised.add(sym);
    if (decl.init) this.checkInitialiser(decl.init, checked, true, decl.span);
    return sym;
  }

  // ---------------------------------------------------------------- task, irq, softirq …
  private declareContext(def: ContextDef): void {
    const index = this.contextCounts.get(def.word) ?? 0;
    this.contextCounts.set(def.word, index + 1);
    const sym: Mutable<ContextSym> = {
      kind: 'context',
      word: def.word,
      name: def.name.text,
      type: this.contextType(def),
      span: def.name.span,
      def,
      locals: [],
      index,
    };
    this.tables.symbols.set(def, sym);
    this.tables.symbols.set(def.name, sym);
    this.contexts.push(sym);
    this.declareGlobal(sym, def.name);
  }
  private contextType(def: ContextDef): CType {
    switch (def.word) {
      case 'task':
      case 'process':
        return this.layouts.parseType('struct task_struct *');
      case 'timer':
        return this.layouts.parseType('struct timer_list');
      case 'tasklet':
        return this.layouts.parseType('struct tasklet_struct');
      case 'work':
        return this.layouts.parseType('struct work_struct');
      case 'delayed_work':
        return this.layouts.parseType('struct delayed_work');
      case 'irq':
      case 'nmi':
      case 'softirq':
        return this.basic.uint;
    }
  }

  /** Types one expression outside of any body; the locals that its macros declare need storage. */
  checkOne(expr: Expr): readonly VarSym[] {
    this.ownerLocals = [];
    this.checkExpr(expr);
    return this.ownerLocals;
  }

  // ---------------------------------------------------------------- second pass
  checkBodies(machine: MachineConfig): void {
    for (const { sym, declarator } of this.pending) {
      if (declarator.init) {
        sym.type = this.checkInitialiser(declarator.init, sym.type, true, declarator.span);
        if (sym.type.kind === 'array' && sym.type.length === null) sym.type = ERROR_TYPE;
      }
    }
    for (const sym of this.functions) if (sym.def.body) this.checkFunction(sym);
    for (const sym of this.contexts) this.checkContext(sym, machine);
    for (const sym of this.functions) {
      const first = this.firstCalls.get(sym);
      if (!sym.def.body && first) {
        this.error(
          'undefined-function',
          `'${sym.name}' is declared but has no body in this scenario, and is no function of the kernel's API that kmem knows`,
          first,
          {
            related: [{ span: sym.def.name.span, message: 'declared here' }],
          },
        );
      }
    }
    for (const v of this.globalVars) {
      if (v.owner !== undefined || v.percpu) continue;
      if (!this.staticOrInitialised.has(v) && !this.assigned.has(v)) this.setInput(v, true);
      else if (this.externs.has(v) && !v.init) this.setInput(v, true);
    }
  }
  private checkFunction(sym: Mutable<FunctionSym>): void {
    const { def } = sym;
    const body = def.body;
    if (!body || def.type.kind !== 'functionType') return;
    const params: VarSym[] = [];
    const seen = new Map<string, Span>();
    def.type.params.forEach((p, i) => {
      const type = sym.type.params[i]?.type ?? ERROR_TYPE;
      const name = p.name?.text ?? '';
      if (!p.name)
        this.error(
          'expected-name',
          `parameter ${i + 1} of '${sym.name}' needs a name, as the function has a body`,
          p.span,
        );
      else {
        const first = seen.get(name);
        if (first)
          this.error('redefinition', `the parameter '${name}' appears twice`, p.name.span, {
            related: [{ span: first, message: 'first here' }],
          });
        seen.set(name, p.name.span);
      }
      const param: VarSym = {
        kind: 'var',
        name,
        type: this.paramType(type, p.span),
        span: p.name?.span ?? p.span,
        storage: 'param',
        id: this.nextId++,
        owner: sym as FunctionSym,
      };
      if (p.name) this.tables.symbols.set(p.name, param);
      params.push(param);
    });
    sym.params = params;
    const returns = sym.type.returns;
    sym.locals = this.checkBody(sym, body, returns, params, `'${sym.name}'`);
    this.owner = sym;
    const mark = this.scopeMark();
    for (const p of params) if (p.span && p.name !== '') this.declareQuietly(p);
    for (const contract of def.marks.contracts) {
      if (contract.name.text === '__context') {
        for (const arg of contract.args) this.checkContextWords(arg);
        continue;
      }
      for (const arg of contract.args) this.checkValue(arg);
    }
    this.leaveScope(mark, this.tagMark(), 0);
    this.owner = undefined;
  }
  /** the words of `__context(task | softirq)` */
  private checkContextWords(expr: Expr): void {
    if (expr.kind === 'binary' && expr.op === '|') {
      this.checkContextWords(expr.left);
      this.checkContextWords(expr.right);
    } else if (expr.kind !== 'ident' || !CONTEXTS.includes(expr.name)) {
      const near = expr.kind === 'ident' ? suggest(expr.name, CONTEXTS) : undefined;
      const { text, more } = this.didYouMean(near, expr.span);
      this.error('bad-contract', `a context is one of ${CONTEXTS.join(', ')}, joined with '|'${text}`, expr.span, more);
    }
  }
  private declareQuietly(sym: VarSym): void {
    const owner = this.owner;
    this.owner = undefined; // not listed among what is visible in the body
    if (sym.span) this.declareLocal(sym, sym.span, this.scopeMark());
    this.owner = owner;
  }
  private paramType(type: CType, span: Span): CType {
    if ((type.kind === 'struct' || type.kind === 'union') && type.fields === undefined) {
      this.error(
        'incomplete-type',
        `a parameter has the type '${typeName(type)}', which is not defined in this scenario`,
        span,
      );
      return ERROR_TYPE;
    }
    return type;
  }
  private checkContext(sym: Mutable<ContextSym>, machine: MachineConfig): void {
    const { def } = sym;
    sym.locals = this.checkBody(sym, def.body, this.basic.void, [], `${def.word} '${def.name.text}'`);
    if (!def.cpu) return;
    const type = this.checkExpr(def.cpu);
    if (!type) return;
    const cpu = this.constantOf(def.cpu);
    if (cpu === undefined || !isInteger(type))
      this.error('not-constant', "'on cpu' needs a constant number", def.cpu.span);
    else if (cpu < 0n || cpu >= BigInt(machine.cpus)) {
      this.error(
        'bad-machine',
        `there is no CPU ${cpu}: the machine has ${machine.cpus} (0 to ${machine.cpus - 1}); 'cpus = …;' in 'machine' changes that`,
        def.cpu.span,
      );
    } else sym.cpu = Number(cpu);
  }
}
