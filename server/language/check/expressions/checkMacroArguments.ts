/** Arguments of macros without a prototype, by what the catalogue says of them; and one message for one mistake inside an expansion. */
import { sameType, unqualified } from '../../../types/conversions';
import { quotedType } from '../../../types/ctype';
import type { MacroBody } from '../../catalogue/bodies/macroBody';
import { parameterNames } from '../../catalogue/prototype';
import type { Call, Span } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import type { ApiSym, Diagnostic } from '../context/program';
import { checkValue, decayed } from '../types/checkTypes';
import { checkExpr } from './checkExpr';
import { checkConversion } from './checkOperators';

/** Checks the arguments that the catalogue gives a type; false after an error, where the expansion would only tell it again. */
export function checkMacroArguments(cx: CheckContext, { args, span }: Call, { entry, name }: ApiSym): boolean {
  const before = cx.problems.errors;
  const { typed, oneType, wantsArray } = entry;
  if (typed) {
    parameterNames(entry.proto).forEach((parameter, i) => {
      const arg = args[i];
      const wanted = typed[parameter];
      const type = arg && wanted !== undefined ? checkExpr(cx, arg) : undefined;
      if (!arg || !type || wanted === undefined) return;
      checkConversion(
        cx,
        arg,
        decayed(cx, type),
        cx.layouts.parseType(wanted),
        `argument ${i + 1} of`,
        name,
        parameter,
      );
    });
  }
  const array = wantsArray === undefined ? undefined : args[wantsArray];
  const type = array && array.kind !== 'typeArg' ? checkExpr(cx, array) : undefined;
  if (array && type && type.kind !== 'array')
    cx.problems.error(
      'not-an-array',
      `'${name}' needs an array; this is ${quotedType(type)}${type.kind === 'pointer' ? ', and a pointer does not know how many elements it leads to' : ''}`,
      array.span,
    );
  if (oneType && cx.expansion.depth === 0) {
    const types = args.map((arg) => (arg.kind === 'typeArg' ? undefined : checkValue(cx, arg)));
    const [first] = types;
    const other = types.find((one) => first && one && !sameType(unqualified(first), unqualified(one)));
    if (first && other)
      cx.problems.warn(
        'different-types',
        `'${name}' compares ${quotedType(first)} with ${quotedType(other)}, which the kernel's build refuses: convert one, or use ${oneType.otherwise}`,
        span,
      );
  }
  return cx.problems.errors === before;
}

/** Names that are not known are mistakes of their own. */
const APART: ReadonlySet<string> = new Set(['undeclared', 'undeclared-function', 'unknown-type']);
/**
 * Of what has been reported since `from` in the expansion of a call: the first error, as others follow from it, and the warnings about the
 * arguments. What is wrong inside of the macro is told only if nothing else is. Unknown names, and `body`, the statement that a loop governs,
 * are not the macro's.
 */
export function settleExpansion(
  cx: CheckContext,
  from: number,
  call: Call,
  name: string,
  { params }: MacroBody,
  body?: Span,
): void {
  if (cx.expansion.depth > 0 || cx.problems.diagnostics.length === from) return;
  const added = cx.problems.diagnostics.slice(from);
  const inBody = (span: Span): boolean => !!body && span.start >= body.start && span.end <= body.end;
  const isInternal = ({ span }: Diagnostic): boolean => span.start === call.span.start && span.end === call.span.end;
  const own = added.filter((d) => d.severity !== 'hint' && !APART.has(d.code) && !inBody(d.span));
  const inArguments = own.filter((d) => !isInternal(d));
  const error = [...inArguments, ...own].find((d) => d.severity === 'error');
  const kept = own.filter((d) => d === error || (d.severity !== 'error' && (inArguments.includes(d) || !error)));
  const first = inArguments.length > 0 ? undefined : (error ?? kept[0]);
  const left = added.filter((d) => !own.includes(d) || (kept.includes(d) && (!isInternal(d) || d === first)));
  cx.problems.replace(
    from,
    left.map((d) =>
      d === first && d.code !== 'different-types'
        ? { ...d, message: `'${name}(${params.join(', ')})' does not fit its arguments: ${d.message}`, fixes: [] }
        : d,
    ),
  );
}
