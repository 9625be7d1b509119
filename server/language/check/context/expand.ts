/**
 * Macro expansion by tree substitution: a parsed body is copied, parameters become the argument's trees (shared, not copied),
 * names the body declares are renamed, and every copied node gets the span of the macro call.
 */

import { PASTE } from '../../catalogue/bodies/macroBody';
import { mapExpr, mapStmt, mapType, type TreeMap } from '../../syntax/mapTree';
import type { NodeIds } from '../../syntax/nodeIds';
import type { Expr, Name, Span, Stmt, TypeSyntax } from '../../syntax/tree';
import { walkTree } from '../../syntax/visitor';
import type { ParsedMacro } from './builtinNames';

/** In a loop's body, the position of the user's statement. */
export const BODY_MARK = '__body';

const NO_ARGUMENTS: readonly Expr[] = [];

export class Expansion implements TreeMap {
  private readonly rest: readonly Expr[];

  /** `suffix` makes the names that the body declares unique. */
  constructor(
    private readonly macro: ParsedMacro,
    private readonly given: readonly Expr[],
    readonly ids: NodeIds,
    readonly span: Span,
    private readonly suffix: string,
    private readonly loopBody?: Stmt,
  ) {
    const { params } = macro;
    this.rest = params[params.length - 1] === '...' ? given.slice(params.length - 1) : NO_ARGUMENTS;
  }
  /** What is given for a parameter. */
  private argument(name: string): Expr | undefined {
    const at = this.macro.positions.get(name);
    return at === undefined ? undefined : this.given[at];
  }

  statements(): Stmt[] {
    return this.macro.statements.map((s) => this.stmt(s));
  }

  expr(e: Expr): Expr {
    if (e.kind === 'ident')
      return (
        this.argument(e.name) ?? { kind: 'ident', id: this.ids.next(), name: this.rename(e.name), span: this.span }
      );
    // `"#param"`: the argument's name as a string
    if (e.kind === 'string' && e.value.startsWith('#')) {
      const arg = this.argument(e.value.slice(1));
      if (arg?.kind === 'ident') return { kind: 'string', id: this.ids.next(), value: arg.name, span: this.span };
    }
    if (e.kind === 'member') {
      const path = this.argument(e.name.text);
      if (path && path.kind !== 'ident') return memberPath(this.ids, this.expr(e.base), e.arrow, path, this.span);
    }
    return mapExpr(e, this);
  }
  args(list: readonly Expr[]): readonly Expr[] {
    const args: Expr[] = new Array(list.length);
    for (let i = 0; i < list.length; i++) {
      const e = list[i] as Expr;
      if (e.kind === 'ident' && e.name === '__VA_ARGS__') {
        const before = args.slice(0, i);
        return [...before, ...this.rest, ...this.args(list.slice(i + 1))];
      }
      args[i] = this.expr(e);
    }
    return args;
  }
  type(t: TypeSyntax): TypeSyntax {
    if (t.kind === 'basicType') {
      const arg = t.words.length === 1 ? this.argument(t.words[0] ?? '') : undefined;
      if (arg?.kind === 'typeArg') return arg.type;
      if (arg?.kind === 'ident') return { kind: 'basicType', words: [arg.name], span: arg.span };
    }
    return mapType(t, this);
  }
  stmt(s: Stmt): Stmt {
    if (this.loopBody && s.kind === 'expr' && s.expr.kind === 'ident' && s.expr.name === BODY_MARK)
      return this.loopBody;
    return mapStmt(s, this);
  }
  name(n: Name): Name {
    return this.argumentName(n) ?? { kind: 'name', text: this.rename(n.text), span: this.span };
  }
  memberName(n: Name): Name {
    return this.argumentName(n) ?? { kind: 'name', text: n.text, span: this.span };
  }
  private argumentName(n: Name): Name | undefined {
    const arg = this.argument(n.text);
    return arg?.kind === 'ident' ? { kind: 'name', text: arg.name, span: arg.span } : undefined;
  }
  private pasted(name: string): string {
    const part = (text: string): string => {
      const arg = this.argument(text);
      return arg?.kind === 'ident' ? arg.name : text;
    };
    return name.split(PASTE).map(part).join('');
  }
  private rename(name: string): string {
    if (this.macro.pastes && name.includes(PASTE)) return this.pasted(name);
    return this.macro.locals.has(name) ? `${name}${this.suffix}` : name;
  }
}

/** `base->path` where the path was given as a macro argument: `a.b`, `list[2]` */
function memberPath(ids: NodeIds, base: Expr, arrow: boolean, path: Expr, span: Span): Expr {
  switch (path.kind) {
    case 'ident':
      return {
        kind: 'member',
        id: ids.next(),
        base,
        arrow,
        name: { kind: 'name', text: path.name, span: path.span },
        span,
      };
    case 'member':
      return {
        kind: 'member',
        id: ids.next(),
        base: memberPath(ids, base, arrow, path.base, span),
        arrow: path.arrow,
        name: path.name,
        span,
      };
    case 'index':
      return {
        kind: 'index',
        id: ids.next(),
        base: memberPath(ids, base, arrow, path.base, span),
        index: path.index,
        span,
      };
    default:
      return { kind: 'errorExpr', span: path.span };
  }
}

/** Names that statements of a macro body declare (outside nested functions there are none). */
export function declaredNames(statements: readonly Stmt[], params: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  for (const stmt of statements)
    walkTree(stmt, (node) => {
      if ((node.kind === 'declarator' || node.kind === 'label') && !params.has(node.name.text))
        names.add(node.name.text);
    });
  return names;
}
