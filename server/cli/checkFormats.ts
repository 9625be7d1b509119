/** The forms in which `kmem check` prints findings: text, JSON as in LSP, SARIF 2.1.0, and annotations of GitHub Actions. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { version } from '../../package.json';
import { infoOf } from '../language/analysis/rules';
import type { Diagnostic, Severity } from '../language/check/context/program';
import type { Lint } from '../language/ide/lint';
import { diagnosticText, positionsIn } from './scenario';

export type FormatName = 'text' | 'json' | 'sarif' | 'github';
type Printer = (linted: readonly Lint[]) => string;

const text: Printer = (linted) =>
  linted
    .flatMap(({ program, diagnostics }) => {
      const positions = positionsIn(program);
      return diagnostics.map((d) => diagnosticText(d, positions));
    })
    .join('');

const json: Printer = (linted) => {
  const all = linted.flatMap(({ program, diagnostics }) => {
    const positions = positionsIn(program);
    return program.files.flatMap((file, i) => {
      const own = diagnostics.filter((d) => d.span.file === i).map((d) => positions.diagnostic(d));
      return i === 0 || own.length > 0 ? [{ file: file.path, diagnostics: own }] : [];
    });
  });
  return `${JSON.stringify(all)}\n`;
};

const SARIF_LEVEL: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
  hint: 'note',
};
/** https://docs.oasis-open.org/sarif/sarif/v2.1.0: columns from 1, in UTF-16 code units. */
const sarif: Printer = (linted) => {
  const results = linted.flatMap(({ program, diagnostics }) => {
    const positions = positionsIn(program);
    const place = (span: Diagnostic['span']): object => {
      const { start, end } = positions.range(span);
      return {
        artifactLocation: { uri: pathToFileURL(resolve(program.files[span.file]?.path ?? '')).href },
        region: {
          startLine: start.line + 1,
          startColumn: start.character + 1,
          endLine: end.line + 1,
          endColumn: end.character + 1,
        },
      };
    };
    return diagnostics.map((d) => ({
      ruleId: d.code,
      level: SARIF_LEVEL[d.severity],
      message: { text: d.message },
      locations: [{ physicalLocation: place(d.span) }],
      ...(d.related?.length
        ? {
            codeFlows: [
              {
                threadFlows: [
                  {
                    locations: [...d.related, { span: d.span, message: d.message }].map((r) => ({
                      location: { physicalLocation: place(r.span), message: { text: r.message } },
                    })),
                  },
                ],
              },
            ],
          }
        : {}),
    }));
  });
  const codes = [...new Set(results.map((r) => r.ruleId))].sort();
  const rules = codes.map((id) => {
    const info = infoOf(id);
    return info
      ? {
          id,
          shortDescription: { text: info.summary },
          fullDescription: { text: info.why },
          help: { text: info.instead },
        }
      : { id };
  });
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'kmem', version, rules } }, columnKind: 'utf16CodeUnits', results }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

const GITHUB_LEVEL: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
  hint: 'notice',
};
/** Workflow commands: what they escape is percent-encoded. */
const escaped = (s: string): string => s.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const property = (s: string): string => escaped(s).replace(/:/g, '%3A').replace(/,/g, '%2C');
const github: Printer = (linted) =>
  linted
    .flatMap(({ program, diagnostics }) => {
      const positions = positionsIn(program);
      return diagnostics.map((d) => {
        const { start, end } = positions.range(d.span);
        const file = property(program.files[d.span.file]?.path ?? '');
        const at = `file=${file},line=${start.line + 1},endLine=${end.line + 1},col=${start.character + 1},title=${property(d.code)}`;
        return `::${GITHUB_LEVEL[d.severity]} ${at}::${escaped(d.message)}\n`;
      });
    })
    .join('');

export const FORMATS: Readonly<Record<FormatName, Printer>> = { text, json, sarif, github };
