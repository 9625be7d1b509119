/** The checker's messages: one per position and code. They are kept by the part of the program that is being checked. */
import type { Span } from '../../syntax/tree';
import type { Code } from './checkCodes';
import { Part } from './part';
import type { Diagnostic, Fix, Related, Severity } from './program';

interface Details {
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
}

export class Problems {
  /** the part that is being checked */
  part = new Part();
  /** how many errors have been reported */
  errors = 0;

  /** those of the part that is being checked */
  get diagnostics(): Diagnostic<Code>[] {
    return this.part.diagnostics;
  }

  report(severity: Severity, code: Code, message: string, span: Span, details: Details = {}): void {
    const key = `${span.file}:${span.start}:${span.end}:${code}`;
    if (this.part.reported.has(key)) return;
    this.part.reported.add(key);
    if (severity === 'error') this.errors++;
    this.diagnostics.push({ code, severity, message, span, ...details });
  }
  /** Whether an error is among those reported since there were `from`. */
  hasErrorSince(from: number): boolean {
    for (let i = from; i < this.diagnostics.length; i++) if (this.diagnostics[i]?.severity === 'error') return true;
    return false;
  }
  /** Puts others in the place of those reported since there were `from`. */
  replace(from: number, others: readonly Diagnostic<Code>[]): void {
    this.diagnostics.splice(from, Number.POSITIVE_INFINITY, ...others);
  }
  /** Returns undefined, the type of an expression with an error. */
  error(code: Code, message: string, span: Span, details?: Details): undefined {
    this.report('error', code, message, span, details);
    return undefined;
  }
  warn(code: Code, message: string, span: Span, details?: Details): void {
    this.report('warning', code, message, span, details);
  }
  hint(code: Code, message: string, span: Span, details?: Details): void {
    this.report('hint', code, message, span, details);
  }
}
