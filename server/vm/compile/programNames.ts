/** What the names of a program mean while it is compiled. */

import { NR_SOFTIRQS } from '../../kernel/irq/softirq';
import type { ContextSym, FunctionSym, Sym } from '../../language/check/context/program';
import type { Call } from '../../language/syntax/tree';
import { builtinNamed } from '../builtins/builtins';
import type { Builtin, Machine } from '../machine/machine';
import { CompileError, type FunctionCode } from '../program/code';
import type { Eval, Lvalue } from '../values/access';
import type { ApiFunction } from './apiCode';
import type { Names } from './exprContext';
import { builtinOf } from './needsHoist';
import { placeString, type StaticData } from './staticData';

/** `apiFunctions` is filled with the functions of the API whose address is taken, by name. */
export function programNames(
  data: StaticData,
  functions: ReadonlyMap<FunctionSym | ContextSym, FunctionCode>,
  apiFunctions: Map<string, ApiFunction>,
): Omit<Names, 'local'> {
  const { machine, program } = data;
  const { symbols } = machine.kernel;
  return {
    global(sym) {
      const address = data.globals.get(sym);
      if (address === undefined) throw new CompileError('not-executable', `'${sym.name}' has no size`, sym.span);
      return { kind: 'fixed', address };
    },
    functionAddress(sym: Sym) {
      const own = sym.kind === 'function' ? functions.get(sym) : undefined;
      if (own) return () => own.text;
      const text = symbols.text(sym.name);
      const builtin = builtinNamed(sym.name);
      const { type } = sym;
      if (builtin && type.kind === 'function') apiFunctions.set(sym.name, { name: sym.name, type, builtin, text });
      return () => text;
    },
    kernelVariable({ name, type }) {
      const { core } = machine;
      if (name === 'current') return () => core.current;
      return { kind: 'fixed', address: symbols.lookup(name)?.va ?? symbols.define(name, type) };
    },
    context: (sym) => contextValue(data, machine, sym),
    string: (text) => placeString(data, text),
    inlineBuiltin(call: Call): Builtin {
      const builtin = builtinOf(program, call);
      if (builtin?.form === 'inline') return builtin;
      throw new CompileError('not-executable', 'this call cannot be made here', call.span);
    },
  };
}
/** What the name of a block means: its object, its interrupt line or softirq number, its task. */
export function contextValue(
  blocks: Pick<StaticData, 'objects' | 'irqLines'>,
  { blockTasks }: Machine,
  sym: ContextSym,
): Lvalue | Eval {
  const address = blocks.objects.get(sym);
  if (address !== undefined) return { kind: 'fixed', address };
  const number = blocks.irqLines.get(sym) ?? (sym.word === 'softirq' ? NR_SOFTIRQS + sym.index : undefined);
  return number === undefined ? () => blockTasks.get(sym) ?? 0 : () => number;
}
