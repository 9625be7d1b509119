/** Calls: the scenario's functions, the kernel's API, function pointers, special forms, macros. */

import { isInteger, sizeType } from '../../types/conversions';
import type { CType, FunctionType, IntType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import { parseMacroBody } from '../syntax/parser/parse';
import type { Call, Declaration, Expr, MacroDeclaration, MacroLoop, Span, Stmt } from '../syntax/tree';
import { type ParsedMacro, UNTYPED } from './builtinNames';
import { ERROR_TYPE } from './checkBase';
import { ExprChecker } from './checkExpr';
import { checkFormat } from './checkFormat';
import { BODY_MARK, declaredNames, Expansion } from './expand';
import type { ApiSym, Sym } from './program';

const MAX_EXPANSION = 40;
const parsedMacros = new Map<string, ParsedMacro>();
const show = (type: CType): string => `'${typeName(type).trim()}'`;
const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;

export abstract class CallChecker extends ExprChecker {
  /** where a function that has no body (yet) is first called */
  protected readonly firstCalls = new Map<Sym, Span>();
  private expansions = 0;

  protected checkCall(expr: Call): CType | undefined {
    const callee = expr.callee;
    if (callee.kind === 'ident') {
      const sym = this.lookup(callee.name);
      if (sym === undefined || sym.kind === 'api') {
        const special = this.specialForm(expr, callee.name);
        if (special !== null) return special;
      }
      if (sym === undefined) {
        const near = this.nearestName(callee.name, (s) => s.kind === 'function' || s.kind === 'api');
        const { text, more } = this.didYouMean(near, callee.span);
        this.error(
          'undeclared-function',
          `'${callee.name}' is neither a function of this scenario nor of the kernel's API that kmem knows${text}`,
          callee.span,
          more,
        );
        this.checkLoosely(expr.args);
        return undefined;
      }
      if (sym.kind === 'api') {
        this.used.add(sym);
        this.tables.symbols.set(callee, sym);
        return this.apiCall(expr, sym);
      }
      if (sym.kind === 'function' && !this.firstCalls.has(sym)) this.firstCalls.set(sym, callee.span);
    }
    const type = this.checkValue(callee);
    if (!type) {
      this.checkLoosely(expr.args);
      return undefined;
    }
    if (type.kind !== 'pointer' || type.to.kind !== 'function') {
      this.checkLoosely(expr.args);
      const name = callee.kind === 'ident' ? `'${callee.name}'` : 'this';
      return this.error('not-a-function', `${name} is ${show(type)}, not a function`, callee.span);
    }
    const name = callee.kind === 'ident' ? callee.name : callee.kind === 'member' ? callee.name.text : 'the function';
    this.checkArguments(expr, name, type.to);
    return returned(type.to);
  }

  // ---------------------------------------------------------------- arguments
  private checkArguments(expr: Call, name: string, type: FunctionType, lenient = false): void {
    const { args } = expr;
    const wanted = type.params.length;
    if (args.at(-1)?.kind === 'errorExpr') return;
    if (args.length < wanted || (args.length > wanted && !type.variadic)) {
      const extra = args.length > wanted ? args[wanted] : undefined;
      this.error(
        'argument-count',
        `'${name}' takes ${type.variadic ? 'at least ' : ''}${plural(wanted, 'argument')}, ${args.length} ${args.length === 1 ? 'is' : 'are'} given: ${typeName(type, name)}`,
        extra?.span ?? {
          start: Math.max(expr.span.start, expr.span.end - 1),
          end: expr.span.end,
          file: expr.span.file,
        },
      );
    }
    this.checkSwappedGfp(args, type, name);
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] as Expr;
      const param = type.params[i];
      if (arg.kind === 'typeArg' && lenient) {
        this.typeOfSyntax(arg.type);
        continue;
      }
      const whole = this.checkExpr(arg);
      if (!whole) continue;
      if (whole.kind === 'array') this.noteAssigned(arg);
      const value = this.decayed(whole);
      if (!param) {
        if (value.kind === 'void')
          this.error(
            'void-value',
            `argument ${i + 1} of '${name}' is the result of a function that returns none (void)`,
            arg.span,
          );
        continue;
      }
      this.checkConversion(
        arg,
        value,
        param.type,
        `argument ${i + 1} of '${name}'${param.name !== undefined ? ` (${param.name})` : ''}`,
      );
      if (param.type.typedef === 'gfp_t') this.checkGfp(arg, value, i, name);
    }
    if (type.variadic && type.params[wanted - 1]?.name === 'fmt') this.checkPrintk(args, wanted - 1);
  }
  private checkPrintk(args: readonly Expr[], at: number): void {
    const format = args[at];
    if (format?.kind !== 'string') return;
    const rest = args.slice(at + 1);
    const types = rest.map((a) => {
      const t = a.kind === 'typeArg' ? undefined : this.tables.types.get(a);
      return t && this.decayed(t);
    });
    for (const { arg, message } of checkFormat(format.value, types, this.abi))
      this.warn('format', message, (arg === undefined ? undefined : rest[arg]?.span) ?? format.span);
  }
  /** a plain number where a gfp mask is wanted: nobody writes masks so */
  private checkGfp(arg: Expr, type: CType, index: number, name: string): void {
    if (type.typedef === 'gfp_t' || type.kind !== 'int' || arg.kind !== 'int' || arg.value === 0n) return;
    this.warn(
      'gfp-argument',
      `argument ${index + 1} of '${name}' is a gfp mask (GFP_KERNEL, GFP_ATOMIC …), not a number such as ${arg.text}`,
      arg.span,
    );
  }
  private checkSwappedGfp(args: readonly Expr[], type: FunctionType, name: string): void {
    const at = type.params.findIndex((p) => p.type.typedef === 'gfp_t');
    if (at < 0) return;
    for (let i = 0; i < args.length; i++) {
      if (i === at || i >= type.params.length || type.params[i]?.type.typedef === 'gfp_t') continue;
      const arg = args[i] as Expr;
      const mask = args[at];
      if (!mask || arg.kind === 'typeArg' || mask.kind === 'typeArg' || (arg.kind !== 'ident' && arg.kind !== 'binary'))
        continue;
      const argType = this.checkExpr(arg);
      if (argType?.typedef !== 'gfp_t' || type.params[i]?.type.kind !== 'int') continue;
      const maskType = this.checkExpr(mask);
      if (maskType && maskType.typedef !== 'gfp_t' && isInteger(maskType)) {
        this.warn(
          'gfp-argument',
          `arguments ${i + 1} and ${at + 1} of '${name}' look swapped: ${typeName(type, name)}`,
          arg.span,
        );
      }
    }
  }
  /** arguments of what isn't known: names that don't resolve are let pass */
  private checkLoosely(args: readonly Expr[]): void {
    for (const arg of args) {
      if (arg.kind === 'typeArg') this.typeOfSyntax(arg.type);
      else if (arg.kind !== 'ident' || this.lookup(arg.name)) {
        const type = this.checkExpr(arg);
        if (type?.kind === 'array') this.noteAssigned(arg);
      }
    }
  }

  // ---------------------------------------------------------------- the kernel's API
  private apiCall(expr: Call, sym: ApiSym): CType | undefined {
    const macro = this.macroOf(sym.name);
    if (macro && macro.form !== 'declaration' && macro.form !== 'loop') return this.macroCall(expr, sym, macro);
    if (sym.type === UNTYPED) {
      this.checkLoosely(expr.args);
      // a value nobody can type: accepted wherever it stands
      return undefined;
    }
    const type = sym.type as FunctionType;
    this.checkArguments(expr, sym.name, type, sym.entry.kind === 'macro');
    return returned(type);
  }
  protected macroOf(name: string): ParsedMacro | undefined {
    const known = parsedMacros.get(name);
    const source = this.builtins.source.macro(name);
    if (!source) return undefined;
    if (known && known.body === source.body) return known;
    const text =
      source.form === 'loop'
        ? `${source.body} ${BODY_MARK};`
        : source.form === 'expr'
          ? `${source.body};`
          : source.body;
    const { body, errors } = parseMacroBody(text, this.builtins.source.macroNames);
    if (errors.length > 0) {
      const first = errors[0];
      throw new Error(
        `the body of macro ${name} has an error: ${first?.message} at ${JSON.stringify(text.slice(first?.span.start, first?.span.end))}`,
      );
    }
    const params = new Set(source.params);
    const parsed: ParsedMacro = { ...source, statements: body, locals: declaredNames(body, params) };
    parsedMacros.set(name, parsed);
    return parsed;
  }
  private argumentsFit(expr: Call, macro: ParsedMacro, name: string): boolean {
    const variadic = macro.params.at(-1)?.endsWith('...') === true;
    const wanted = macro.params.length - (variadic ? 1 : 0);
    const given = expr.args.length;
    if (expr.args.at(-1)?.kind === 'errorExpr') return false;
    if (given === wanted || (variadic && given >= wanted)) return true;
    this.error(
      'argument-count',
      `the macro '${name}(${macro.params.join(', ')})' takes ${variadic ? 'at least ' : ''}${plural(wanted, 'argument')}, ${given} ${given === 1 ? 'is' : 'are'} given`,
      expr.span,
    );
    return false;
  }
  private expand(expr: Call, macro: ParsedMacro, name: string, body?: Stmt): Stmt[] | undefined {
    if (!this.argumentsFit(expr, macro, name)) {
      this.checkLoosely(expr.args);
      return undefined;
    }
    if (this.expansionDepth >= MAX_EXPANSION) {
      this.error('nested-too-deeply', `macros in macros more than ${MAX_EXPANSION} deep, at '${name}'`, expr.span);
      return undefined;
    }
    return new Expansion(macro, expr.args, expr.span, `$${++this.expansions}`, body).statements();
  }
  private macroCall(expr: Call, sym: ApiSym, macro: ParsedMacro): CType | undefined {
    if (sym.type !== UNTYPED && expr.args.length === (sym.type as FunctionType).params.length) {
      // the prototype gives better messages than the expansion
      const before = this.diagnostics.length;
      this.checkArguments(expr, sym.name, sym.type as FunctionType, true);
      if (this.diagnostics.slice(before).some((d) => d.severity === 'error')) return returned(sym.type as FunctionType);
    }
    const statements = this.expand(expr, macro, sym.name);
    if (!statements) return undefined;
    const first = statements[0];
    let tree: Expr;
    if (macro.form === 'expr' && statements.length === 1 && first?.kind === 'expr') tree = first.expr;
    else tree = { kind: 'stmtExpr', body: { kind: 'block', body: statements, span: expr.span }, span: expr.span };
    this.expansionDepth++;
    // the expansion counts as one of the call, whatever its type
    this.tables.expansions.set(expr, tree);
    const type = this.checkExpr(tree);
    this.expansionDepth--;
    return type;
  }

  // ---------------------------------------------------------------- loops and declarations by macro
  protected checkMacroLoop(loop: MacroLoop): void {
    const callee = loop.call.callee;
    if (callee.kind !== 'ident') return;
    const sym = this.lookup(callee.name);
    if (sym?.kind === 'api') {
      this.used.add(sym);
      this.tables.symbols.set(callee, sym);
    }
    const macro = sym === undefined || sym.kind === 'api' ? this.macroOf(callee.name) : undefined;
    if (macro?.form === 'loop') {
      const statements = this.expand(loop.call, macro, callee.name, loop.body);
      if (statements) {
        const first = statements[0];
        const tree: Stmt =
          statements.length === 1 && first ? first : { kind: 'block', body: statements, span: loop.span };
        this.tables.loops.set(loop, tree);
        this.expansionDepth++;
        this.checkStmt(tree);
        this.expansionDepth--;
        return;
      }
    } else if (sym === undefined) {
      const near = this.nearestName(callee.name, (s) => s.kind === 'api');
      const { text, more } = this.didYouMean(near, callee.span);
      this.error('undeclared-function', `'${callee.name}' is not a loop that kmem knows${text}`, callee.span, more);
      this.checkLoosely(loop.call.args);
    } else if (sym.kind === 'api' && (sym.entry.kind === 'macro' || sym.type === UNTYPED)) {
      this.checkLoosely(loop.call.args);
    } else {
      this.checkExpr(loop.call);
      const end = loop.call.span.end;
      this.error('expected-token', `expected ';' after the call: '${callee.name}' is a function, no loop`, {
        start: end - 1,
        end,
        file: loop.span.file,
      });
    }
    this.checkLoopBody(loop.body);
  }
  protected abstract checkLoopBody(body: Stmt): void;

  /** `DEFINE_SPINLOCK(x);` as the declaration it stands for; undefined where it declares nothing that is known. */
  protected expandDeclaration(decl: MacroDeclaration): Declaration[] {
    const name = decl.macro.text;
    const sym = this.lookup(name);
    const macro = this.macroOf(name);
    if (sym && sym.kind === 'api') this.tables.symbols.set(decl.macro, sym);
    const call: Call = {
      kind: 'call',
      callee: { kind: 'ident', name, span: decl.macro.span },
      args: decl.args,
      span: decl.span,
    };
    if (macro?.form === 'declaration') {
      const statements = this.expand(call, macro, name) ?? [];
      const result: Declaration[] = [];
      for (const s of statements) {
        if (s.kind !== 'decl') continue;
        // `static` before the macro belongs to what it declares
        const words = decl.marks.words.filter((w) => !s.decl.marks.words.some((m) => m.text === w.text));
        const declaration: Declaration = {
          ...s.decl,
          marks: { words: [...words, ...s.decl.marks.words], contracts: decl.marks.contracts },
        };
        result.push(declaration);
      }
      const last = result.at(-1);
      if (last) this.tables.macroDecls.set(decl, last);
      return result;
    }
    return [];
  }

  // ---------------------------------------------------------------- special forms
  /** null: not a special form */
  private specialForm(expr: Call, name: string): CType | undefined | null {
    switch (name) {
      case 'offsetof':
      case '__builtin_offsetof':
        return this.offsetofType(expr);
      case 'static_assert':
      case '_Static_assert':
      case 'BUILD_BUG_ON':
        return this.staticAssert(expr, name);
      case 'BITS_TO_LONGS':
      case '__builtin_constant_p':
        if (expr.args.length !== 1 || !expr.args[0])
          return this.error('argument-count', `'${name}' takes 1 argument`, expr.span);
        if (!this.checkValue(expr.args[0])) return undefined;
        return name === 'BITS_TO_LONGS' ? this.basic.ulong : this.basic.int;
      case '__same_type':
      case '__builtin_types_compatible_p':
        for (const arg of expr.args) this.checkLoosely([arg]);
        return this.basic.int;
      default:
        return null;
    }
  }
  private offsetofType(expr: Call): IntType | undefined {
    const [what, path] = expr.args;
    if (expr.args.length !== 2 || !what || !path)
      return this.error(
        'argument-count',
        "'offsetof' takes a type and a member: offsetof(struct page, lru)",
        expr.span,
      );
    let type: CType | undefined;
    if (what.kind === 'typeArg') type = this.typeOfSyntax(what.type);
    else if (what.kind === 'ident')
      type = this.typeOfSyntax({ kind: 'basicType', words: [what.name], span: what.span });
    else type = this.checkExpr(what);
    if (!type || type === ERROR_TYPE) return undefined;
    if (what.kind !== 'typeArg') this.tables.types.set(what, type);
    this.checkPathIndices(path);
    if (type.kind !== 'struct' && type.kind !== 'union')
      return this.error('not-a-struct', `'offsetof' needs a struct, this is ${show(type)}`, what.span);
    if (!type.fields) return this.error('incomplete-type', `${show(type)} is not defined in this scenario`, what.span);
    if (!this.memberPath(type, path)) {
      let root = path;
      while (root.kind === 'member' || root.kind === 'index') root = root.base;
      const name = root.kind === 'ident' ? root.name : '';
      return this.noMember(type, name, path.span);
    }
    return sizeType(this.abi);
  }
  private checkPathIndices(path: Expr): void {
    if (path.kind === 'index') {
      this.checkExpr(path.index);
      this.checkPathIndices(path.base);
    } else if (path.kind === 'member') this.checkPathIndices(path.base);
  }
  private staticAssert(expr: Call, name: string): CType | undefined {
    const [condition, text] = expr.args;
    if (!condition) return this.error('argument-count', `'${name}' takes a constant condition`, expr.span);
    if (!this.checkValue(condition)) return undefined;
    const value = this.constantOf(condition);
    if (value === undefined)
      return this.error('not-constant', `the condition of '${name}' must be an integer constant`, condition.span);
    const failed = name === 'BUILD_BUG_ON' ? value !== 0n : value === 0n;
    if (failed) {
      this.error(
        'static-assert',
        `${name} fails${text?.kind === 'string' ? `: ${text.value}` : name === 'BUILD_BUG_ON' ? ': the condition is true' : ': the condition is false'}`,
        expr.span,
      );
    }
    return this.basic.void;
  }
}

const returned = (type: FunctionType): CType | undefined => (type.returns === ERROR_TYPE ? undefined : type.returns);
