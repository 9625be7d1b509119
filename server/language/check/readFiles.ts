/** The files of a program: the main file, and those that it includes, directly and through others. */
import type { MachineChoice } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import type { MacroNames } from '../syntax/macroNames';
import { NodeIds } from '../syntax/nodeIds';
import { parse } from '../syntax/parser/parse';
import type { SourceTree } from '../syntax/sourceTree';
import type { Item, Span } from '../syntax/tree';
import type { KernelNames } from './context/builtinNames';
import type { Code } from './context/checkCodes';
import type { Diagnostic, SourceFile } from './context/program';

export interface InputFile {
  readonly path: string;
  readonly text: string;
}
/** Finds the file an `#include` names, seen from the file `from`; undefined if there is none. */
export type ResolveInclude = (path: string, from: string) => InputFile | undefined;

export interface CheckOptions {
  readonly resolveInclude?: ResolveInclude;
  /** names to use in place of the catalogue's, for tests */
  readonly kernelNames?: KernelNames;
  /** kernel versions that `machine { kernel = … }` may name besides those that kmem has a profile of */
  readonly profiles?: readonly Profile[];
  /** what settings choose of the machine, for a program without a machine block */
  readonly machine?: MachineChoice | undefined;
}

export interface ReadFiles {
  readonly sources: readonly SourceFile[];
  readonly ids: NodeIds;
  /** all in the order in which a compiler sees them */
  readonly items: readonly Item[];
  /** of its `#include`s; what the parser says is in the trees */
  readonly diagnostics: readonly Diagnostic<Code>[];
}

/** Reads a program. A file is read where it is included, since it may give names to strings. */
export function readFiles(main: InputFile, include: ResolveInclude, macros: MacroNames): ReadFiles {
  const reader = new Reader(include, macros);
  reader.read(main, new Map());
  return reader;
}

class Reader implements ReadFiles {
  readonly sources: SourceFile[] = [];
  readonly ids = new NodeIds();
  readonly diagnostics: Diagnostic<Code>[] = [];
  /** the strings that have names behind each file */
  private readonly strings: ReadonlyMap<string, string>[] = [];

  constructor(
    private readonly include: ResolveInclude,
    private readonly macros: MacroNames,
  ) {}

  read(input: InputFile, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const file = this.strings.length;
    this.strings.push(before);
    /** by the offset of the path: the file */
    const found = new Map<number, number>();
    this.paths.push(input.path);
    const tree = parse(input.text, this.macros, file, {
      ids: this.ids,
      strings: before,
      included: (path, at, defined) => {
        const next = this.include(path, input.path);
        if (!next) return undefined;
        const known = this.paths.indexOf(next.path);
        found.set(at, known < 0 ? this.paths.length : known);
        return known < 0 ? this.read(next, new Map(defined)) : this.strings[known];
      },
    });
    this.strings[file] = tree.strings;
    this.sources[file] = { ...input, tree, includes: this.includesOf(tree, found) };
    ignoredHeaders(input.text, tree.items, (d) => this.diagnostics.push(d));
    return tree.strings;
  }
  private readonly paths: string[] = [];

  private includesOf({ items }: SourceTree, found: ReadonlyMap<number, number>): SourceFile['includes'] {
    return items.flatMap((item) => {
      if (item.kind !== 'include') return [];
      const { span, value } = item.path;
      const file = found.get(span.start);
      if (file !== undefined) return [{ span, file }];
      this.diagnostics.push({
        code: 'include-not-found',
        severity: 'error',
        message: `'${value}' cannot be found; it is looked for beside this file`,
        span,
      });
      return [];
    });
  }
  get items(): Item[] {
    const items: Item[] = [];
    const gathered = new Set<number>();
    const gather = (file: number): void => {
      const source = this.sources[file];
      if (!source || gathered.has(file)) return;
      gathered.add(file);
      for (const item of source.tree.items) {
        if (item.kind !== 'include') items.push(item);
        else {
          const include = source.includes.find(({ span }) => span === item.path.span);
          if (include) gather(include.file);
        }
      }
    };
    gather(0);
    return items;
  }
}
/** The headers of the kernel that a file includes: said once, at the first, with the fix that removes them all. */
function ignoredHeaders(text: string, items: readonly Item[], report: (d: Diagnostic<Code>) => void): void {
  const headers = items.flatMap(({ kind, span }) => (kind === 'header' ? [span] : []));
  const [first] = headers;
  if (!first) return;
  const line = (span: Span): Span => {
    const start = text.lastIndexOf('\n', span.start) + 1;
    const end = text.indexOf('\n', span.end);
    return { ...span, start, end: end < 0 ? text.length : end + 1 };
  };
  report({
    code: 'ignored-include',
    severity: 'hint',
    message:
      'headers of the kernel are ignored: its API is built in; \'#include\' is for other scenarios, as "other.kmem"',
    span: first,
    fixes: [
      {
        title: headers.length === 1 ? 'remove the line' : `remove the ${headers.length} lines`,
        edits: headers.map((span) => ({ span: line(span), text: '' })),
      },
    ],
  });
}
