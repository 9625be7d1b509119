/** Fixes that add a statement on the path of a finding, written as the code around it. */
import type { Fix, Program, Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { gotosOf, statementAt } from './statementPlaces';

type Edit = Fix['edits'][number];

/** Adds calls before a way out: the `return` at `span`, or the `}` there. Unsafe: where else they are needed is not known. */
export function insertBefore(program: Program, span: Span, ...calls: readonly string[]): Fix[] {
  const text = program.files[span.file]?.text ?? '';
  const isEnd = text[span.start] === '}';
  const edits = isEnd ? beforeBrace(text, span, calls) : beforeStatement(program, text, span, calls);
  return (
    edits && [{ title: `call ${calls.join(' and ')} before this ${isEnd ? 'end' : 'return'}`, unsafe: true, edits }]
  );
}
/** The same at the ways out, and at the `goto` of the branches that decided, the last one first: their label may be for other paths too. */
export function insertOnPath(
  program: Program,
  span: Span,
  branches: readonly Related[],
  ...calls: readonly string[]
): Fix[] {
  const fixes = insertBefore(program, span, ...calls);
  for (const { span: condition } of branches.toReversed()) {
    for (const jump of gotosOf(program, condition)) {
      const text = program.files[jump.span.file]?.text ?? '';
      const edits = beforeStatement(program, text, jump.span, calls);
      if (fixes.length < MOST) {
        const target = jump.kind === 'goto' ? ` ${jump.name.text}` : '';
        fixes.push({ title: `call ${calls.join(' and ')} before goto${target}`, unsafe: true, edits });
      }
    }
  }
  return fixes;
}
/** fixes of one finding: each is proven by an analysis of the program */
const MOST = 3;

const indentAt = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '';

/** Statements, each on a line of its own behind the first. */
const linesOf = (calls: readonly string[], indent: string): string =>
  calls.map((call) => `${call};`).join(`\n${indent}`);

function beforeBrace(text: string, { file, start }: Span, calls: readonly string[]): Edit[] {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(lineStart, start);
  // a body on one line
  if (indent.trim() !== '') return [{ span: { file, start, end: start }, text: `${calls.join('; ')}; ` }];
  return [{ span: { file, start: lineStart, end: lineStart }, text: `${indent}\t${linesOf(calls, `${indent}\t`)}\n` }];
}
function beforeStatement(program: Program, text: string, span: Span, calls: readonly string[]): Edit[] {
  const { file } = span;
  const standing = statementAt(program, span);
  const at = standing?.stmt.span ?? span;
  const put = (start: number, end: number, insert: string): Edit => ({ span: { file, start, end }, text: insert });
  const indent = indentAt(text, at.start);
  if (!standing || standing.parent.kind === 'block') {
    const first = text.slice(text.lastIndexOf('\n', at.start - 1) + 1, at.start).trim() === '';
    return [put(at.start, at.start, first ? `${linesOf(calls, indent)}\n${indent}` : `${calls.join('; ')}; `)];
  }
  // the whole body of an if or a loop: it needs braces
  const outer = indentAt(text, standing.parent.span.start);
  const inner = `${outer}\t`;
  let open = at.start;
  for (let before = -1; before !== open; ) {
    before = open;
    open = text.slice(0, open).trimEnd().length;
    const comment = program.files[file]?.tree.comments.find((c) => c.span.end === open);
    if (comment) open = comment.span.start;
  }
  const sameLine = !text.slice(open, at.start).includes('\n');
  const comment = /^[ \t]*(?:\/\/[^\n]*|\/\*[^\n]*?\*\/[ \t]*(?=\n))/.exec(text.slice(at.end))?.[0] ?? '';
  const close = at.end + comment.length;
  const another = /^\s*else\b/.exec(text.slice(close));
  const end = another
    ? put(close, close + (/^\s*/.exec(text.slice(close))?.[0].length ?? 0), `\n${outer}} `)
    : put(close, close, `\n${outer}}`);
  return sameLine
    ? [put(open, at.start, ` {\n${inner}${linesOf(calls, inner)}\n${inner}`), end]
    : [put(open, open, ' {'), put(at.start, at.start, `${linesOf(calls, indent)}\n${indent}`), end];
}
