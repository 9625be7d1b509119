/**
 * What has been found, by file: of each open document what is in it, and the errors in the files that it includes. A file that several
 * documents include has what all of them find, each finding once.
 */
import { errorsInIncludes } from '../../language/ide/includes';
import type { DiagnosticData } from '../../language/ide/positions';
import type { Checks } from '../documents';
import type { LspSession } from '../lspSession';

export class Findings {
  /** by the document whose program was analysed, by the URI of the file they are in */
  private readonly found = new Map<string, ReadonlyMap<string, readonly DiagnosticData[]>>();
  /** what `changes` has told of each file, as text */
  private readonly told = new Map<string, string>();

  constructor(private readonly session: LspSession) {}

  /** Analyses an open document at its present text. Returns the files that may have changed; undefined if it has changed meanwhile. */
  async update(uri: string): Promise<ReadonlySet<string> | undefined> {
    const result = await this.session.checked.diagnostics(uri);
    return result && this.take(uri, result);
  }
  /** The same with what is known of a large document before the analyses have ended; undefined where nothing is. */
  updateEarly(uri: string): ReadonlySet<string> | undefined {
    const result = this.session.checked.early(uri);
    return result && this.take(uri, result);
  }
  private take(uri: string, { program, diagnostics }: Checks): ReadonlySet<string> {
    const positions = this.session.positions(program);
    const byFile = new Map<string, DiagnosticData[]>([[uri, []]]);
    for (const d of [...diagnostics, ...errorsInIncludes(program, diagnostics)]) {
      // of an included file its errors: whether something in it is used or may sleep depends on who includes it
      if (d.span.file !== 0 && d.severity !== 'error') continue;
      const file = d.span.file === 0 ? uri : positions.location(d.span).uri;
      const known = byFile.get(file);
      if (known) known.push(positions.diagnostic(d));
      else byFile.set(file, [positions.diagnostic(d)]);
    }
    return this.replace(uri, byFile);
  }
  /** A document has been closed. Returns the files that may have changed. */
  forget(uri: string): ReadonlySet<string> {
    return this.replace(uri, new Map());
  }
  /** What all documents have in a file. */
  inFile(uri: string): DiagnosticData[] {
    const all = [...this.found.values()].flatMap((byFile) => byFile.get(uri) ?? []);
    return [...new Map(all.map((d) => [JSON.stringify([d.range, d.code, d.message]), d])).values()];
  }
  /** What is in a file, if that differs from what this has told of it before. Of an open document it tells at first that it has nothing. */
  changes(uri: string): DiagnosticData[] | undefined {
    const diagnostics = this.inFile(uri);
    const text = JSON.stringify(diagnostics);
    const open = this.found.has(uri);
    const told = this.told.get(uri) ?? (open ? '' : '[]');
    if (open || diagnostics.length > 0) this.told.set(uri, text);
    else this.told.delete(uri);
    return told === text ? undefined : diagnostics;
  }

  private replace(uri: string, byFile: ReadonlyMap<string, readonly DiagnosticData[]>): ReadonlySet<string> {
    const before = this.found.get(uri);
    if (byFile.size > 0) this.found.set(uri, byFile);
    else this.found.delete(uri);
    return new Set([uri, ...(before?.keys() ?? []), ...byFile.keys()]);
  }
}
