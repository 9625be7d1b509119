/**
 * Comments that silence findings: `// kmem-ignore CODE: reason`, behind the line of the finding or on a line of its own above it. Several
 * codes are separated by commas. Errors cannot be silenced. A comment without a reason, or that silences nothing, is a finding itself.
 */
import { LINT_CODES } from '../analysis/rules';
import { CHECK_CODES } from '../check/context/checkCodes';
import type { Diagnostic, Fix, Program } from '../check/context/program';
import { Lines } from '../syntax/lines';
import { suggest } from '../syntax/suggest';
import type { Span } from '../syntax/tree';

const FORM = /^\s*kmem-ignore\b\s*([a-z0-9, -]*?)\s*(?::\s*(.*))?$/s;

interface Suppression {
  readonly span: Span;
  readonly codes: readonly string[];
  /** offset in the file behind the last code */
  readonly codesEnd: number;
  readonly reason: string;
  /** the line whose findings it silences, from 0 */
  readonly line: number;
}

/** The findings that are left, and those about the comments; `found` holds all of a program's. */
export function withoutSuppressed(program: Program, found: readonly Diagnostic[]): Diagnostic[] {
  const left = new Set(found);
  const extra: Diagnostic[] = [];
  program.files.forEach(({ text, tree }, file) => {
    if (!text.includes('kmem-ignore')) return;
    const lines = new Lines(text);
    for (const comment of suppressionsIn(text, tree.comments, lines)) {
      const hits = new Set<string>();
      for (const d of found) {
        if (d.span.file !== file || d.severity === 'error' || !comment.codes.includes(d.code)) continue;
        if (lines.at(d.span.start).line !== comment.line) continue;
        left.delete(d);
        hits.add(d.code);
      }
      extra.push(...aboutComment(comment, hits, withBlanks(text, comment.span)));
    }
  });
  return [...left, ...extra];
}

function suppressionsIn(text: string, comments: readonly { text: string; span: Span }[], lines: Lines): Suppression[] {
  return comments.flatMap(({ text: words, span }) => {
    const match = FORM.exec(words.replace(/^\/[/*]|\*\/$/g, ''));
    if (!match) return [];
    const { line } = lines.at(span.start);
    const before = text.slice(text.lastIndexOf('\n', span.start - 1) + 1, span.start);
    const alone = before.trim() === '';
    return [
      {
        span,
        codes: (match[1] ?? '').split(/[\s,]+/).filter((code) => code !== ''),
        codesEnd: span.start + 2 + (/^\s*kmem-ignore\b\s*/.exec(match[0])?.[0].length ?? 0) + (match[1] ?? '').length,
        reason: (match[2] ?? '').trim(),
        line: alone ? lines.at(span.end).line + 1 : line,
      },
    ];
  });
}

/** The edit that silences a finding in its line; undefined for what cannot be silenced. The reason is left to the user, whom a finding then asks for it. */
export function silencing({ files }: Program, { code, severity, span }: Diagnostic): Fix | undefined {
  const source = files[span.file];
  if (!source || severity === 'error' || code.startsWith('suppression-')) return undefined;
  const { text, tree } = source;
  const lines = new Lines(text);
  const { line } = lines.at(span.start);
  const start = lines.offset({ line, character: 0 });
  const there = suppressionsIn(text, tree.comments, lines).find((c) => c.line === line && c.codes.length > 0);
  // a line that the one above continues into: a comment would end up inside a macro
  if (!there && /\\\r?\n?$/.test(text.slice(0, start))) return undefined;
  const indent = /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
  const [at, insert] = there
    ? [there.codesEnd, `, ${code}`]
    : [start, `${indent}// kmem-ignore ${code}: ${text.includes('\r\n') ? '\r\n' : '\n'}`];
  return {
    title: `ignore ${code} in this line`,
    edits: [{ span: { file: span.file, start: at, end: at }, text: insert }],
  };
}

/** A comment with the blanks before it, and with the end of its line if nothing else is in it. */
function withBlanks(text: string, { file, start, end }: Span): Span {
  const first = text.slice(0, start).replace(/[ \t]+$/, '').length;
  const alone = (first === 0 || text[first - 1] === '\n') && text[end] === '\n';
  return { file, start: first, end: alone ? end + 1 : end };
}
function aboutComment({ span, codes, reason }: Suppression, hits: ReadonlySet<string>, whole: Span): Diagnostic[] {
  const about = (code: keyof typeof LINT_CODES, message: string): Diagnostic => ({
    code,
    severity: LINT_CODES[code].severity,
    message,
    span,
  });
  const remove = { title: 'remove the comment', edits: [{ span: whole, text: '' }] };
  if (codes.length === 0) {
    return [about('suppression-without-effect', 'this comment names no code: write // kmem-ignore CODE: reason')];
  }
  const idle = codes.filter((code) => !hits.has(code));
  const all: Diagnostic[] = idle.map((code) => ({
    ...about('suppression-without-effect', idleText(code)),
    ...(idle.length === codes.length ? { fixes: [remove] } : {}),
  }));
  if (reason === '' && hits.size > 0) {
    all.push(
      about('suppression-without-reason', `say why ${codes.join(', ')} is right to be ignored here, after a colon`),
    );
  }
  return all;
}
function idleText(code: string): string {
  const known = [...Object.keys(LINT_CODES), ...Object.keys(CHECK_CODES)];
  if (known.includes(code))
    return `${code} is not found in this line: the comment silences nothing. Remove it, or put it at the line of the finding`;
  const near = suggest(code, known);
  return `'${code}' is not a code of kmem${near === undefined ? '' : `; did you mean '${near}'?`}`;
}
