/** Implementations: the functions that an operations table's member leads to, and the body of a function that is only declared. */
import type { Program, Sym } from '../../check/context/program';
import type { Expr, Span } from '../../syntax/tree';
import { walkTree } from '../../syntax/visitor';
import { withoutCasts } from '../../syntax/withoutCasts';
import { declarationOf } from '../names/entities';
import { nameAt } from '../names/references';

/** Where the functions begin that a name at an offset may stand for, by the positions of their names. */
export function implementations(program: Program, file: number, offset: number): Span[] {
  const found = nameAt(program, file, offset);
  if (!found) return [];
  const { named } = found.entity;
  if (named.kind === 'symbol' && named.sym.kind === 'function') {
    const declared = declarationOf(found.entity);
    return declared ? [declared.span] : [];
  }
  const wanted =
    named.kind === 'field'
      ? (e: Expr) => e.kind === 'member' && program.fieldOf(e.name)?.field === named.found.field
      : named.kind === 'symbol' && named.sym.kind === 'var'
        ? (e: Expr) => e.kind === 'ident' && program.symbolOf(e) === named.sym
        : undefined;
  if (!wanted) return [];
  const functions = new Set<Sym>();
  const add = (value: Expr): void => {
    const given = withoutCasts(value);
    const e = given.kind === 'unary' && given.op === '&' ? given.operand : given;
    const sym = e.kind === 'ident' ? program.symbolOf(e) : undefined;
    if (e.kind === 'conditional') {
      if (e.then) add(e.then);
      add(e.else);
    } else if (sym?.kind === 'function') functions.add(sym);
  };
  for (const { tree } of program.files)
    for (const item of tree.items)
      walkTree(item, (node) => {
        if (node.kind === 'assign' && node.op === '=' && wanted(node.left)) add(node.right);
        else if (node.kind === 'declarator' && node.init && node.init.kind !== 'initList') {
          if (named.kind === 'symbol' && program.symbolOf(node.name) === named.sym) add(node.init);
        } else if (node.kind === 'initItem' && named.kind === 'field' && node.value.kind !== 'initList') {
          const last = node.designators.at(-1);
          if (last?.kind === 'fieldDesignator' && program.fieldOf(last.name)?.field === named.found.field)
            add(node.value);
        }
      });
  return [...functions].flatMap((sym) => (sym.kind === 'function' ? [sym.def.name.span] : []));
}
