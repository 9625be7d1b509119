/**
 * File-level items: functions, variables, typedefs, scenario blocks. First all names in order, then bodies and initialisers, so
 * that functions and scenario blocks may be used before their definition.
 */

import type { MachineConfig } from '../../profiles/machineConfig';
import { isInteger } from '../../types/conversions';
import type { CType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import { onItsOwn } from '../syntax/placed';
import { suggest } from '../syntax/suggest';
import type { ContextDef, DefineDir, Expr, Item, MacroDeclaration, Span } from '../syntax/tree';
import { declareFunction } from './checkFunctions';
import { checkBody } from './checkStmt';
import type { CheckContext } from './context/checkContext';
import type { Mutable, Owner } from './context/nameScopes';
import { didYouMean } from './context/nameScopes';
import { Part } from './context/part';
import type { ConstSym, ContextSym, FunctionSym, Sym, VarSym } from './context/program';
import { ERROR_TYPE } from './context/tables';
import { declarePerCpu, declareVariables, unknownMacroDeclaration } from './declareVariables';
import { constantOf } from './expressions/checkConst';
import { checkExpr, setInput } from './expressions/checkExpr';
import { checkInitialiser } from './expressions/checkInit';
import { expandDeclaration, macroOf } from './expressions/checkMacros';
import { checkDefinedValue } from './expressions/suspicious';
import { checkValue } from './types/checkTypes';
import { declareGlobal } from './types/declareNames';

const CONTEXTS = ['task', 'softirq', 'hardirq', 'nmi', 'irqs_off', 'rcu'];

export function declareItem(cx: CheckContext, item: Item): void {
  switch (item.kind) {
    case 'function':
      declareFunction(cx, item);
      return;
    case 'declaration':
      declareVariables(cx, item);
      return;
    case 'macroDeclaration':
      declareByMacro(cx, item);
      return;
    case 'context':
      declareContext(cx, item);
      return;
    case 'define':
      declareDefine(cx, item);
      return;
    default:
      return;
  }
}

function declareDefine(cx: CheckContext, item: DefineDir): void {
  if (item.refused) cx.items.refused.add(item.name.text);
  else if (!item.value && item.name.text !== 'pr_fmt') cx.items.withoutValue.add(item.name.text);
  if (item.name.text === 'pr_fmt')
    cx.problems.hint(
      'ignored-macro',
      "'pr_fmt' has no effect: messages are printed without its prefix",
      item.name.span,
    );
  // what is defined as a string has been put in by the parser
  if (!item.value || item.value.kind === 'string') return;
  const type = checkExpr(cx, item.value);
  if (!type) return;
  const value = constantOf(cx, item.value);
  if (value === undefined) {
    cx.problems.error(
      'not-constant',
      `'#define ${item.name.text}' needs an integer constant; for anything else write a variable or a 'static inline' function`,
      item.value.span,
    );
    return;
  }
  checkDefinedValue(cx, item);
  const sym: ConstSym = { kind: 'const', name: item.name.text, type, value, span: item.name.span };
  const old = cx.scopes.globals.get(item.name.text);
  if (old?.kind === 'const' && old.value === value) return;
  declareGlobal(cx, sym, item.name);
  cx.tables.symbols.set(item.name, sym);
}

// ---------------------------------------------------------------- macros that declare
function declareByMacro(cx: CheckContext, decl: MacroDeclaration): void {
  const name = decl.macro.text;
  if (/^(DEFINE|DECLARE)_PER_CPU/.test(name)) {
    declarePerCpu(cx, decl);
    return;
  }
  if (name === 'static_assert' || name === '_Static_assert') {
    checkExpr(cx, {
      kind: 'call',
      callee: { kind: 'ident', name, span: decl.macro.span },
      args: decl.args,
      span: decl.span,
    });
    return;
  }
  const declarations = expandDeclaration(cx, decl);
  if (declarations.length > 0) {
    for (const d of declarations) declareVariables(cx, d);
    return;
  }
  if (macroOf(cx, name) !== undefined) return;
  if (
    /^(MODULE_|EXPORT_SYMBOL|module_|.*_initcall$|ALLOW_ERROR_INJECTION|__setup|early_param|core_param)/.test(name) &&
    !cx.scopes.lookup(name)
  ) {
    for (const arg of decl.args) {
      if (arg.kind !== 'ident') continue;
      const sym = cx.scopes.globals.get(arg.name);
      if (sym) cx.part.used.add(sym);
    }
    cx.problems.hint(
      'ignored-macro',
      `'${name}(…)' has no effect: kmem loads no modules; call the function from a task`,
      decl.span,
    );
    return;
  }
  unknownMacroDeclaration(cx, decl);
}

// ---------------------------------------------------------------- task, irq, softirq …
function declareContext(cx: CheckContext, def: ContextDef): void {
  const index = cx.items.contextCounts.get(def.word) ?? 0;
  cx.items.contextCounts.set(def.word, index + 1);
  const sym: Mutable<ContextSym> = {
    kind: 'context',
    word: def.word,
    name: def.name.text,
    type: contextType(cx, def),
    span: def.name.span,
    def,
    locals: [],
    index,
  };
  cx.tables.symbols.set(def, sym);
  cx.tables.symbols.set(def.name, sym);
  cx.found.contexts.push(sym);
  declareGlobal(cx, sym, def.name);
}

function contextType(cx: CheckContext, def: ContextDef): CType {
  switch (def.word) {
    case 'task':
    case 'process':
      return cx.layouts.parseType('struct task_struct *');
    case 'timer':
      return cx.layouts.parseType('struct timer_list');
    case 'tasklet':
      return cx.layouts.parseType('struct tasklet_struct');
    case 'work':
      return cx.layouts.parseType('struct work_struct');
    case 'delayed_work':
      return cx.layouts.parseType('struct delayed_work');
    case 'irq':
    case 'nmi':
    case 'softirq':
      return cx.basic.uint;
  }
}

// ---------------------------------------------------------------- second pass
export function checkBodies(cx: CheckContext, machine: MachineConfig): void {
  for (const { sym, declarator } of cx.items.pending) {
    if (declarator.init) {
      sym.type = checkInitialiser(cx, declarator.init, sym.type, true);
      if (sym.type.kind === 'array' && sym.type.length === null) sym.type = ERROR_TYPE;
    }
  }
  for (const sym of cx.found.functions) if (sym.def.body) checkBodyOf(cx, sym, machine);
  for (const sym of cx.found.contexts) checkBodyOf(cx, sym, machine);
}
/** Checks a body, as a part of the program. */
export function checkBodyOf(cx: CheckContext, sym: Mutable<Owner>, machine: MachineConfig): void {
  const part = new Part();
  cx.problems.part = part;
  const before = declaredSoFar(cx);
  if (sym.kind === 'function') checkFunction(cx, sym);
  else checkContext(cx, sym, machine);
  part.declares = declaredSoFar(cx) !== before || cx.scopes.declaresTags(sym);
  part.diagnostics = part.diagnostics.map(onItsOwn);
  cx.bodies.set(sym, part);
  cx.problems.part = cx.outside;
}
const declaredSoFar = ({ found, scopes }: CheckContext): number =>
  found.globals.length + found.records.length + found.functions.length + scopes.globals.size;

/** What is known when all bodies have been checked: functions without a body, and inputs. Reported as a part of its own. */
export function checkWhole(cx: CheckContext): Part {
  const whole = new Part();
  cx.problems.part = whole;
  const parts = [cx.outside, ...cx.bodies.values()];
  const firstCall = (sym: FunctionSym): Span | undefined =>
    parts.find(({ firstCalls }) => firstCalls.has(sym))?.firstCalls.get(sym);
  for (const sym of cx.found.functions) {
    if (sym.def.body) continue;
    const first = firstCall(sym);
    if (first) withoutBody(cx, sym, first);
  }
  const main = cx.found.functions.find((f) => f.name === 'main' && f.def.body);
  if (main && !firstCall(main))
    cx.problems.warn(
      'nothing-runs',
      "nothing calls main() in a kernel: what runs is a block, 'task main { … }'",
      main.def.name.span,
    );
  const assigned = new Set<Sym>();
  for (const part of parts) for (const sym of part.assigned) assigned.add(sym);
  for (const v of cx.found.globals) {
    if (v.owner !== undefined || v.percpu) continue;
    const isGiven = cx.items.staticOrInitialised.has(v) || assigned.has(v);
    setInput(v, !isGiven || (cx.items.externs.has(v) && !v.init));
  }
  cx.problems.part = cx.outside;
  return whole;
}
function withoutBody(cx: CheckContext, { name, def }: FunctionSym, call: Span): void {
  const related = { related: [{ span: def.name.span, message: 'declared here' }] };
  if (def.modifiers.names.some((n) => n.text === 'static'))
    cx.problems.error(
      'undefined-function',
      `'${name}' is declared static, so that its body has to be in this file, and it has none: write it, or leave 'static' out`,
      call,
      related,
    );
  else
    cx.problems.hint(
      'undefined-function',
      `'${name}' has no body in this scenario: calls of it are checked by its declaration and its contracts, but cannot run`,
      call,
      related,
    );
}

function checkFunction(cx: CheckContext, sym: Mutable<FunctionSym>): void {
  const { def } = sym;
  const body = def.body;
  if (!body || def.type.kind !== 'functionType') return;
  const params: VarSym[] = [];
  const seen = new Map<string, Span>();
  def.type.params.forEach((p, i) => {
    const type = sym.type.params[i]?.type ?? ERROR_TYPE;
    const own = paramType(cx, type, p.span);
    const name = p.name?.text ?? '';
    if (!p.name)
      cx.problems.error(
        'expected-name',
        `parameter ${i + 1} of '${sym.name}' needs a name, as the function has a body`,
        p.span,
      );
    else {
      const first = seen.get(name);
      if (first)
        cx.problems.error('redefinition', `the parameter '${name}' appears twice`, p.name.span, {
          related: [{ span: first, message: 'first here' }],
        });
      seen.set(name, p.name.span);
    }
    // where only the body is checked again, the contracts name the parameters that there are
    const param: VarSym = sym.params[i] ?? {
      kind: 'var',
      name,
      type: own,
      span: p.name?.span ?? p.span,
      storage: 'param',
      id: cx.nextId++,
      align: 0,
      init: undefined,
      owner: sym,
    };
    if (p.name) cx.tables.symbols.set(p.name, param);
    params.push(param);
  });
  sym.params = params;
  const returns = sym.type.returns;
  sym.locals = checkBody(cx, sym, body, returns, params, `'${sym.name}'`);
  if (def.modifiers.contracts.length > 0) checkContracts(cx, sym, params);
}
function checkContracts(cx: CheckContext, sym: Mutable<FunctionSym>, params: readonly VarSym[]): void {
  cx.scopes.owner = sym;
  const outer = cx.scopes.enterBlock();
  for (const p of params) if (p.span && p.name !== '') declareQuietly(cx, p);
  for (const contract of sym.def.modifiers.contracts) {
    for (const arg of contract.args) {
      if (contract.name.text === '__context') checkContextNames(cx, arg);
      else checkValue(cx, arg);
    }
  }
  cx.scopes.leaveBlock(outer, 0);
  cx.scopes.owner = undefined;
}

/** the contexts named in `__context(task | softirq)` */
function checkContextNames(cx: CheckContext, expr: Expr): void {
  if (expr.kind === 'binary' && expr.op === '|') {
    checkContextNames(cx, expr.left);
    checkContextNames(cx, expr.right);
  } else if (expr.kind !== 'ident' || !CONTEXTS.includes(expr.name)) {
    const near = expr.kind === 'ident' ? suggest(expr.name, CONTEXTS) : undefined;
    const { text, more } = didYouMean(near, expr.span);
    cx.problems.error(
      'bad-contract',
      `a context is one of ${CONTEXTS.join(', ')}, joined with '|'${text}`,
      expr.span,
      more,
    );
  }
}

function declareQuietly(cx: CheckContext, sym: VarSym): void {
  const owner = cx.scopes.owner;
  cx.scopes.owner = undefined; // not listed among the names visible in the body
  if (sym.span) cx.scopes.declareLocal(sym, sym.span);
  cx.scopes.owner = owner;
}

function paramType(cx: CheckContext, type: CType, span: Span): CType {
  if ((type.kind === 'struct' || type.kind === 'union') && type.fields === undefined) {
    cx.problems.error(
      'incomplete-type',
      `a parameter has the type '${typeName(type)}', which is not defined in this scenario`,
      span,
    );
    return ERROR_TYPE;
  }
  return type;
}

function checkContext(cx: CheckContext, sym: Mutable<ContextSym>, machine: MachineConfig): void {
  const { def } = sym;
  sym.locals = checkBody(cx, sym, def.body, cx.basic.void, [], `${def.word} '${def.name.text}'`);
  if (!def.cpu) return;
  const type = checkExpr(cx, def.cpu);
  if (!type) return;
  const cpu = constantOf(cx, def.cpu);
  if (cpu === undefined || !isInteger(type))
    cx.problems.error('not-constant', "'on cpu' needs a constant number", def.cpu.span);
  else if (cpu < 0n || cpu >= BigInt(machine.cpus)) {
    cx.problems.error(
      'bad-machine',
      `there is no CPU ${cpu}: the machine has ${machine.cpus} (0 to ${machine.cpus - 1}); 'cpus = …;' in 'machine' changes that`,
      def.cpu.span,
    );
  } else sym.cpu = Number(cpu);
}
