/** The member or the variable that an expression names: it decides how the value reads, in a watch as in the tree. */
import type { Expr } from '../../language/syntax/tree';
import { type ExprContext, valueType } from '../../vm/compile/exprContext';
import type { Origin } from '../target/target';

export function originOf(cx: ExprContext, expr: Expr): Origin {
  switch (expr.kind) {
    case 'ident':
      return { field: expr.name };
    case 'member': {
      const type = valueType(cx, expr.base);
      const record = type.kind === 'pointer' ? type.to : type;
      const tag = record.kind === 'struct' || record.kind === 'union' ? (record.tag ?? record.typedef) : undefined;
      return { record: tag, field: expr.name.text };
    }
    case 'index':
      // an element is shown as its array is; what a pointer points to, is not
      return cx.tables.typeOf(expr.base)?.kind === 'array' ? originOf(cx, expr.base) : {};
    case 'call': {
      const expansion = cx.tables.expansionOf(expr);
      return expansion ? originOf(cx, expansion) : {};
    }
    default:
      return {};
  }
}
