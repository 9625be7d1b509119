/**
 * The kernel's names as the checker sees them: API functions and macros with their C types, constants, kernel variables.
 * Types depend on the machine, so there is one table for each kind, made once and shared by all programs.
 */

import type { ConstantMachine } from '../../../profiles/machineConfig';
import { decay, withQualifiers } from '../../../types/conversions';
import type { AddressSpaceMark, CType, FunctionType } from '../../../types/ctype';
import { basicTypes, pointerTo } from '../../../types/ctype';
import type { Layouts } from '../../../types/layout';
import type { MacroBody } from '../../catalogue/bodies/macroBody';
import type { ApiEntry } from '../../catalogue/form/entry';
import type { MacroNames } from '../../syntax/macroNames';
import { parsePrototype } from '../../syntax/parser/parse';
import type { Param, Stmt, TypeSyntax } from '../../syntax/tree';
import type { ApiSym, ConstSym, KernelVarSym, Sym } from './program';

/** Where the kernel's names come from: the catalogue, or a small table in a test. */
export interface KernelNames {
  api(name: string): ApiEntry | undefined;
  macro(name: string): MacroBody | undefined;
  /** which of them declare or loop, for the parser */
  readonly macroNames: MacroNames;
  /** value, and the C type's text where it is not `int` (or the first integer type that holds it) */
  constant(
    name: string,
    machine: ConstantMachine,
  ): { readonly value: bigint; readonly type?: string; readonly summary?: string } | undefined;
  /** C type as text */
  kernelVar(name: string): string | undefined;
  /** the kernel's function in the place of one of the C library */
  insteadOf?(name: string): string | undefined;
  /** the types that a member of a kernel structure has in all kernel versions, where it has several */
  callbackForms?(tag: string | undefined, member: string): readonly { readonly type: string }[];
  /** what a call of a function with so many arguments means, where they are those of another kernel version */
  callForm?(name: string, args: number): MacroBody | undefined;
  /** all names, for suggestions and completion */
  names(): Iterable<string>;
}

export interface ParsedMacro extends MacroBody {
  /** the parsed body: for 'expr' one expression statement */
  readonly statements: readonly Stmt[];
  /** where the argument of a parameter is */
  readonly positions: ReadonlyMap<string, number>;
  /** it pastes names together */
  readonly pastes: boolean;
  /** names the body declares: renamed in every expansion */
  readonly locals: ReadonlySet<string>;
}

const SPACES: readonly AddressSpaceMark[] = ['__user', '__iomem', '__percpu', '__rcu', '__force'];
/** The type of a macro whose arguments and result have no C type of their own. */
export const UNTYPED: FunctionType = {
  kind: 'function',
  returns: { kind: 'void', typedef: '' },
  params: [],
  variadic: true,
};

export class Builtins {
  private readonly known = new Map<string, Sym | null>();

  constructor(
    readonly source: KernelNames,
    readonly layouts: Layouts,
    private readonly machine: ConstantMachine,
  ) {}

  lookup(name: string): Sym | undefined {
    let sym = this.known.get(name);
    if (sym === undefined) {
      sym = this.find(name) ?? null;
      this.known.set(name, sym);
    }
    return sym ?? undefined;
  }

  private find(name: string): Sym | undefined {
    const entry = this.source.api(name);
    if (entry) {
      const api: ApiSym = { kind: 'api', name, entry, type: this.prototype(entry.proto, name) ?? UNTYPED };
      return api;
    }
    const constant = this.source.constant(name, this.machine);
    if (constant) {
      const type = constant.type !== undefined ? this.typeFromText(constant.type) : this.typeOfValue(constant.value);
      const sym: ConstSym = {
        kind: 'const',
        name,
        type,
        value: constant.value,
        ...(constant.summary !== undefined ? { summary: constant.summary } : undefined),
      };
      return sym;
    }
    const variable = this.source.kernelVar(name);
    if (variable !== undefined) {
      const sym: KernelVarSym = { kind: 'kernelVar', name, type: this.typeFromText(variable) };
      return sym;
    }
    return undefined;
  }
  private typeFromText(text: string): CType {
    try {
      return this.layouts.parseType(text);
    } catch {
      return basicTypes(this.layouts.abi).int;
    }
  }
  private typeOfValue(value: bigint): CType {
    const basic = basicTypes(this.layouts.abi);
    if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) return basic.int;
    if (value >= 0n && value <= 0xffff_ffffn) return basic.uint;
    return value >= 0n ? basic.ullong : basic.llong;
  }

  /** The function type of a catalogue prototype; undefined for a form such as `wait_event(wq, condition)`. */
  prototype(proto: string, name: string): FunctionType | undefined {
    const read = parsePrototype(proto);
    if (read.name?.text !== name || read.type.kind !== 'functionType' || read.errors.length > 0) return undefined;
    try {
      return this.functionType(read.type.returns, read.type.params, read.type.variadic);
    } catch {
      return undefined;
    }
  }
  private functionType(returns: TypeSyntax, params: readonly Param[], variadic: boolean): FunctionType {
    return {
      kind: 'function',
      returns: this.type(returns),
      params: params.map((p) => ({ name: p.name?.text, type: decay(this.type(p.type), this.layouts.abi) })),
      variadic,
    };
  }
  private type(syntax: TypeSyntax): CType {
    switch (syntax.kind) {
      case 'basicType':
        return this.layouts.parseType(syntax.words.join(' '));
      case 'recordType':
        return this.layouts.parseType(`${syntax.union ? 'union' : 'struct'} ${syntax.tag?.text}`);
      case 'enumType':
        return this.layouts.parseType(`enum ${syntax.tag?.text}`);
      case 'pointerType': {
        const { to } = syntax;
        const quals = to.kind === 'qualifiedType' ? [...syntax.quals, ...to.quals] : syntax.quals;
        return pointerTo(
          this.type(to),
          this.layouts.abi,
          SPACES.find((space) => quals.includes(space)),
        );
      }
      case 'arrayType':
        return pointerTo(this.type(syntax.of), this.layouts.abi);
      case 'functionType':
        return this.functionType(syntax.returns, syntax.params, syntax.variadic);
      case 'qualifiedType':
        return withQualifiers(this.type(syntax.of), {
          const: syntax.quals.includes('const'),
          volatile: syntax.quals.includes('volatile'),
        });
      case 'typeofType':
        throw new Error('typeof in a prototype');
    }
  }
}
