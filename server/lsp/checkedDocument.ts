/** One open document at one version of its text: its program, made when first asked for, and what is found in it. */
import type { CheckOptions, InputFile } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { ProgramContexts } from '../language/ide/hints/programContexts';

export class CheckedDocument {
  /** the checker's and the analyses'; begun when first asked for */
  diagnostics: Promise<readonly Diagnostic[] | undefined> | undefined;
  /** the analyses have ended */
  analysed = false;
  /** where its bodies and calls run; begun when first asked for */
  contexts: Promise<ProgramContexts | undefined> | undefined;
  private made: Program | undefined;

  constructor(
    readonly version: number,
    private readonly check: () => Program,
  ) {}

  get program(): Program {
    this.made ??= this.check();
    return this.made;
  }
  get isChecked(): boolean {
    return this.made !== undefined;
  }
  /** The program with another text, made of the one of this version, which must not be used any more; undefined where that cannot be. */
  edited(text: string, { resolveInclude }: CheckOptions): Program | undefined {
    const { made } = this;
    this.made = undefined;
    return made?.edited(text, resolveInclude ?? (() => undefined));
  }
  /** Whether it may depend on the file at a path: what has not been checked yet is not known to be independent. */
  dependsOn(path: string): boolean {
    const { made } = this;
    if (!made) return true;
    return made.files.some((f) => f.path === path) || made.diagnostics.some((d) => d.code === 'include-not-found');
  }
}

/** A file and those that its `#include`s name, directly and through others, as far as they are found: without parsing them. */
export function withIncludes(
  main: InputFile,
  include: (wanted: string, from: string) => InputFile | undefined,
): InputFile[] {
  const files: InputFile[] = [];
  const add = (file: InputFile): void => {
    if (files.some(({ path }) => path === file.path)) return;
    files.push(file);
    for (const [, wanted = ''] of file.text.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"\n]*)"/gm)) {
      const found = include(wanted, file.path);
      if (found) add(found);
    }
  };
  add(main);
  return files;
}
