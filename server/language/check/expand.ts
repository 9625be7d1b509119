/**
 * Macro expansion by tree substitution: a parsed body is copied, parameters become the argument's trees (shared, not copied),
 * names the body declares are renamed, and every copied node gets the span of the macro call.
 */
import type { Expr, Name, Span, Stmt, TypeSyntax } from '../syntax/tree';
import type { ParsedMacro } from './builtinNames';

/** In a loop's body: where the user's statement goes. */
export const BODY_MARK = '__body';

interface Node {
  readonly kind: string;
}

export class Expansion {
  private readonly args = new Map<string, Expr>();
  private rest: readonly Expr[] = [];

  /** `suffix` makes the names that the body declares unique. */
  constructor(
    private readonly macro: ParsedMacro,
    args: readonly Expr[],
    private readonly span: Span,
    private readonly suffix: string,
    private readonly loopBody?: Stmt,
  ) {
    macro.params.forEach((param, i) => {
      if (param === '...') this.rest = args.slice(i);
      else {
        const arg = args[i];
        if (arg) this.args.set(param.endsWith('...') ? param.slice(0, -3) : param, arg);
      }
    });
  }

  statements(): Stmt[] {
    return this.macro.statements.map((s) => this.copy(s) as Stmt);
  }

  private copy(value: unknown): unknown {
    if (Array.isArray(value)) return this.copyList(value);
    if (typeof value !== 'object' || value === null) return value;
    const node = value as Node;
    switch (node.kind) {
      case 'ident': {
        const name = (node as Expr & { kind: 'ident' }).name;
        const arg = this.args.get(name);
        if (arg) return arg;
        return { kind: 'ident', name: this.rename(name), span: this.span };
      }
      case 'name':
        return this.copyName(node as Name, true);
      case 'member': {
        const member = node as Expr & { kind: 'member' };
        const base = this.copy(member.base) as Expr;
        const path = this.args.get(member.name.text);
        if (path && path.kind !== 'ident') return memberPath(base, member.arrow, path, this.span);
        return { kind: 'member', base, arrow: member.arrow, name: this.copyName(member.name, false), span: this.span };
      }
      case 'basicType': {
        const type = node as TypeSyntax & { kind: 'basicType' };
        const arg = type.words.length === 1 ? this.args.get(type.words[0] ?? '') : undefined;
        if (arg?.kind === 'typeArg') return arg.type;
        if (arg?.kind === 'ident') return { kind: 'basicType', words: [arg.name], span: arg.span };
        return { kind: 'basicType', words: type.words, span: this.span };
      }
      case 'fieldDesignator':
        return { kind: 'fieldDesignator', name: this.copyName((node as unknown as { name: Name }).name, false) };
      case 'expr': {
        const expr = (node as Stmt & { kind: 'expr' }).expr;
        if (this.loopBody && expr.kind === 'ident' && expr.name === BODY_MARK) return this.loopBody;
        break;
      }
      default:
        break;
    }
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(node)) {
      if (key === 'id') continue; // the copy is another node
      out[key] =
        key === 'span' || key === 'opSpan' ? this.span : this.copy((node as unknown as Record<string, unknown>)[key]);
    }
    return out;
  }
  private copyList(list: readonly unknown[]): unknown[] {
    const out: unknown[] = [];
    for (const item of list) {
      const node = item as Expr;
      if (typeof node === 'object' && node !== null && node.kind === 'ident' && node.name === '__VA_ARGS__')
        out.push(...this.rest);
      else out.push(this.copy(item));
    }
    return out;
  }
  private copyName(name: Name, local: boolean): Name {
    const arg = this.args.get(name.text);
    if (arg?.kind === 'ident') return { kind: 'name', text: arg.name, span: arg.span };
    return { kind: 'name', text: local ? this.rename(name.text) : name.text, span: this.span };
  }
  private rename(name: string): string {
    return this.macro.locals.has(name) ? `${name}${this.suffix}` : name;
  }
}

/** `base->path` where the path was given as a macro argument: `a.b`, `list[2]` */
function memberPath(base: Expr, arrow: boolean, path: Expr, span: Span): Expr {
  switch (path.kind) {
    case 'ident':
      return { kind: 'member', base, arrow, name: { kind: 'name', text: path.name, span: path.span }, span };
    case 'member':
      return {
        kind: 'member',
        base: memberPath(base, arrow, path.base, span),
        arrow: path.arrow,
        name: path.name,
        span,
      };
    case 'index':
      return { kind: 'index', base: memberPath(base, arrow, path.base, span), index: path.index, span };
    default:
      return { kind: 'errorExpr', span: path.span };
  }
}

/** Names that statements of a macro body declare (outside nested functions there are none). */
export function declaredNames(statements: readonly Stmt[], params: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const node = value as Node & { name?: Name };
    if ((node.kind === 'declarator' || node.kind === 'label') && node.name && !params.has(node.name.text))
      names.add(node.name.text);
    for (const key of Object.keys(node)) if (key !== 'span') visit((node as unknown as Record<string, unknown>)[key]);
  };
  visit(statements);
  return names;
}
