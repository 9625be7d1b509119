/** Spans of a program's files as editors count them: lines and characters from 0. And a diagnostic in that form. */
import { infoOf } from '../analysis/rules';
import type { Diagnostic, Severity, SourceFile } from '../check/context/program';
import { Lines, type Position } from '../syntax/lines';
import type { Span } from '../syntax/tree';

export interface Range {
  readonly start: Position;
  readonly end: Position;
}
export interface Location {
  readonly uri: string;
  readonly range: Range;
}
/** A diagnostic with the fields and numbers of the Language Server Protocol. */
export interface DiagnosticData {
  readonly range: Range;
  /** 1 error, 2 warning, 3 information, 4 hint */
  readonly severity: 1 | 2 | 3 | 4;
  readonly code: string;
  /** the page of the rule */
  readonly codeDescription?: { readonly href: string };
  readonly source: 'kmem';
  readonly message: string;
  /** 1: unnecessary, shown faded */
  readonly tags?: 1[];
  readonly relatedInformation?: { readonly location: Location; readonly message: string }[];
}
const SEVERITY: Readonly<Record<Severity, DiagnosticData['severity']>> = { error: 1, warning: 2, info: 3, hint: 4 };

const PAGES = 'https://github.com/kmem/kmem/blob/main/docs/rules';

export class Positions {
  private readonly lines: Lines[] = [];

  /** @param uriOf the URI of a file's path */
  constructor(
    private readonly files: readonly SourceFile[],
    private readonly uriOf: (path: string) => string,
  ) {}

  at(file: number, offset: number): Position {
    return this.linesOf(file).at(offset);
  }
  private linesOf(file: number): Lines {
    this.lines[file] ??= new Lines(this.files[file]?.text ?? '');
    return this.lines[file] as Lines;
  }
  offset(file: number, position: Position): number {
    return this.linesOf(file).offset(position);
  }
  range(span: Span): Range {
    return { start: this.at(span.file, span.start), end: this.at(span.file, span.end) };
  }
  location(span: Span): Location {
    return { uri: this.uriOf(this.files[span.file]?.path ?? ''), range: this.range(span) };
  }
  diagnostic(d: Diagnostic): DiagnosticData {
    const related = (d.related ?? []).map((r) => ({ location: this.location(r.span), message: r.message }));
    return {
      range: this.range(d.span),
      severity: SEVERITY[d.severity],
      code: d.code,
      ...(infoOf(d.code) ? { codeDescription: { href: `${PAGES}/${d.code}.md` } } : {}),
      source: 'kmem',
      message: d.message,
      ...(d.code.startsWith('unused-') ? { tags: [1] } : {}),
      ...(related.length > 0 ? { relatedInformation: related } : {}),
    };
  }
  /** `FILE:LINE:COL`, lines and columns from 1; empty for a file that is not the program's. */
  text(span: Span): string {
    const file = this.files[span.file];
    if (!file) return '';
    const { line, character } = this.at(span.file, span.start);
    return `${file.path}:${line + 1}:${character + 1}`;
  }
}
