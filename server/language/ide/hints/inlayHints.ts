/** Hints between the code: what is held where that changes, in which contexts a body runs, which calls may sleep, names of parameters. */
import { typeName } from '../../../types/ctype';
import { parameterName, parameterTexts } from '../../catalogue/prototype';
import type { Program } from '../../check/context/program';
import type { Call, Expr, Span } from '../../syntax/tree';
import { walkTree } from '../../syntax/visitor';
import { withoutCasts } from '../../syntax/withoutCasts';
import { contextLine, type ProgramContexts } from './programContexts';

export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  readonly kind: 'parameter' | 'context' | 'sleep';
  /** Markdown */
  readonly tooltip: string;
}
export interface HintOptions {
  /** what is held behind calls that change it */
  readonly contexts: boolean;
  /** and the contexts of functions, behind their `{` */
  readonly bodies: boolean;
  /** calls that may sleep */
  readonly maySleep: boolean;
  /** of no argument, of those that are constants, or of all that do not say it themselves */
  readonly parameterNames: 'none' | 'literals' | 'all';
}
export const DEFAULT_HINTS: HintOptions = { contexts: true, bodies: true, maySleep: true, parameterNames: 'literals' };

/** The hints in a range of a file, in order of position. */
export function inlayHints(
  program: Program,
  file: number,
  range: { readonly start: number; readonly end: number },
  contexts: ProgramContexts | undefined,
  options: HintOptions,
): InlayHint[] {
  const hints: InlayHint[] = [];
  const inRange = (offset: number): boolean => range.start <= offset && offset <= range.end;
  const add = (hint: InlayHint): void => {
    if (inRange(hint.offset)) hints.push(hint);
  };
  if (contexts && options.contexts) contextHints(program, file, contexts, options.bodies, add);
  if (contexts && options.maySleep) {
    for (const span of contexts.sleeps)
      if (span.file === file)
        add({
          offset: span.end,
          label: 'may sleep',
          kind: 'sleep',
          tooltip: 'The task may be put to sleep in this call: not allowed where the code is atomic.',
        });
  }
  if (options.parameterNames !== 'none')
    for (const item of program.files[file]?.tree.items ?? []) {
      if (item.span.end < range.start || item.span.start > range.end) continue;
      walkTree(item, (node) => {
        if (node.kind === 'call' && node.span.end >= range.start && node.span.start <= range.end)
          parameterHints(program, node, options.parameterNames === 'all', add);
      });
    }
  return hints.sort((a, b) => a.offset - b.offset);
}
type Add = (hint: InlayHint) => void;

function contextHints(
  program: Program,
  file: number,
  { bodies, changes }: ProgramContexts,
  ofBodies: boolean,
  add: Add,
): void {
  const text = program.files[file]?.text ?? '';
  for (const { name, contexts } of ofBodies ? bodies : []) {
    if (name.file !== file || contexts.length === 0) continue;
    const brace = bodyOf(program, name);
    // what runs in a task only is the usual case
    const obvious = contexts.length === 1 && contexts[0]?.text === 'in task context';
    if (brace === undefined || obvious) continue;
    const list = contexts.map((c) => `- ${c.text}${c.atomic ? ': must not sleep' : ''}`);
    add({
      offset: brace + 1,
      label: contextLine(contexts, 2),
      kind: 'context',
      tooltip: `\`${text.slice(name.start, name.end)}\` runs\n${list.join('\n')}`,
    });
  }
  for (const { span, after } of changes) {
    if (span.file !== file) continue;
    const states = after.map((state) => state || 'nothing held');
    const end = text.charAt(span.end) === ';' ? span.end + 1 : span.end;
    const label = states.length > 2 ? `${states.slice(0, 2).join(' or ')} …` : states.join(' or ');
    add({
      offset: end,
      label,
      kind: 'context',
      tooltip: `Behind this call:\n${states.map((s) => `- ${s}`).join('\n')}`,
    });
  }
}
/** The `{` of the function with this name: a block says itself where it runs. */
function bodyOf({ functions }: Program, name: Span): number | undefined {
  const found = functions.find(({ def }) => def.name.span.file === name.file && def.name.span.start === name.start);
  return found?.def.body?.span.start;
}

function parameterHints(program: Program, { callee, args }: Call, all: boolean, add: Add): void {
  if (callee.kind !== 'ident') return;
  const sym = program.symbolOf(callee);
  if (sym?.kind !== 'api' && sym?.kind !== 'function') return;
  const prototype = sym.kind === 'api' ? sym.entry.proto : typeName(sym.type, sym.name);
  const names =
    sym.kind === 'api' ? parameterTexts(prototype, sym.name).map(parameterName) : sym.params.map((p) => p.name);
  for (const [i, arg] of args.entries()) {
    const name = names[i];
    // one letter says less than the place
    if (name === undefined || !/^\w{2,}$/.test(name)) continue;
    if (isConstant(arg) || (all && lastName(arg) !== name && arg.kind !== 'typeArg'))
      add({ offset: arg.span.start, label: `${name}:`, kind: 'parameter', tooltip: `\`\`\`c\n${prototype}\n\`\`\`` });
  }
}
/** A number, NULL, true …: what does not say what it is for. */
function isConstant(e: Expr): boolean {
  const arg = withoutCasts(e);
  if (arg.kind === 'int') return true;
  if (arg.kind === 'unary') return arg.op === '-' && isConstant(arg.operand);
  return arg.kind === 'ident' && /^(NULL|true|false)$/.test(arg.name);
}
function lastName(e: Expr): string | undefined {
  const arg = withoutCasts(e);
  if (arg.kind === 'unary') return lastName(arg.operand);
  return arg.kind === 'ident' ? arg.name : arg.kind === 'member' ? arg.name.text : undefined;
}
