/** Values that a debugger shows in the text while it is stopped: variables and members in the lines of the body up to there. */

import type { CType } from '../../../types/ctype';
import type { Program } from '../../check/context/program';
import type { Expr, Span } from '../../syntax/tree';
import { forEachChild, type Node } from '../../syntax/visitor';
import { scopeAt } from '../locate';

/** An expression without side effects, to be evaluated in the frame that is stopped. */
export interface InlineValue {
  readonly span: Span;
  readonly expression: string;
}

/**
 * In order of position, each expression once a line.
 * @param stopped where the frame is: what is declared behind it has no value yet
 */
export function inlineValues(
  program: Program,
  file: number,
  range: { readonly start: number; readonly end: number },
  stopped: number,
): InlineValue[] {
  const scope = scopeAt(program, file, stopped);
  const owner = scope.function;
  const text = program.files[file]?.text ?? '';
  if (!owner?.def.body) return [];
  const visible = new Set(program.visibleNames(scope));
  const found = new Map<string, InlineValue>();
  const lineOf = (offset: number): number => text.lastIndexOf('\n', offset - 1);
  const last = text.indexOf('\n', stopped);
  const end = Math.min(range.end, last < 0 ? text.length : last);

  const add = (e: Expr): void => {
    if (e.span.start < range.start || e.span.end > end || !isShown(program.typeOf(e))) return;
    const expression = text.slice(e.span.start, e.span.end);
    const key = `${lineOf(e.span.start)} ${expression}`;
    if (!expression.includes('\n') && !found.has(key)) found.set(key, { span: e.span, expression });
  };
  const isPlain = (e: Expr): boolean => {
    switch (e.kind) {
      case 'ident': {
        const sym = program.symbolOf(e);
        return sym?.kind === 'var' && visible.has(sym);
      }
      case 'int':
        return true;
      case 'member':
        return isPlain(e.base);
      case 'index':
        return isPlain(e.base) && isPlain(e.index);
      default:
        return false;
    }
  };
  const visit = (node: Node): void => {
    if ((node.kind === 'ident' || node.kind === 'member' || node.kind === 'index') && isPlain(node)) {
      add(node);
      // what an index is made of has a value of its own
      if (node.kind === 'index') visit(node.index);
      return;
    }
    if (node.kind === 'declarator') {
      const sym = program.symbolOf(node);
      if (sym?.kind === 'var' && visible.has(sym) && isShown(sym.type) && node.init && node.name.span.end <= end) {
        const { span, text: expression } = node.name;
        if (span.start >= range.start) found.set(`${lineOf(span.start)} ${expression}`, { span, expression });
      }
    }
    // what sizeof measures is not evaluated
    if (node.kind !== 'sizeof') forEachChild(node, visit);
  };
  visit(owner.def.body);
  return [...found.values()].sort((a, b) => a.span.start - b.span.start);
}
/** A structure or an array is too much for a line. */
const isShown = (type: CType | undefined): boolean =>
  type?.kind === 'int' || type?.kind === 'pointer' || type?.kind === 'enum';
