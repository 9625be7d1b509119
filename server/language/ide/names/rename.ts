/**
 * Renaming: what cannot have another name, which names are taken, and the edits. The result is checked: every name of the renamed program
 * must name what it named before, so that nothing is captured.
 */
import { check } from '../../check/check';
import type { Program, SourceFile } from '../../check/context/program';
import { BUILTIN_TYPE_NAMES, KEYWORDS } from '../../syntax/tokens';
import type { Span } from '../../syntax/tree';
import { declarationOf, describeEntity, type Entity } from './entities';
import { nameIndex } from './nameIndex';
import { entitiesAt, nameAt, type Place, references } from './references';

/** A refusal, in words for the user. */
export interface Refusal {
  readonly refused: string;
}
export const isRefusal = (result: object): result is Refusal => 'refused' in result;

/** The name that can be renamed at an offset; why it cannot; undefined where there is no name. */
export function renamable(program: Program, file: number, offset: number): Span | Refusal | undefined {
  const found = nameAt(program, file, offset);
  if (!found) return undefined;
  const { entity, occurrence } = found;
  if (declarationOf(entity)) return occurrence.span;
  return { refused: `${describeEntity(entity)} is the kernel's: only names of the scenario can be renamed` };
}

/** The places to change, or why the name cannot be `name`. */
export function rename(
  programs: readonly Program[],
  program: Program,
  file: number,
  offset: number,
  name: string,
): readonly Place[] | Refusal {
  const found = renamable(program, file, offset);
  if (!found) return { refused: 'there is no name here' };
  if (isRefusal(found)) return found;
  const entities = entitiesAt(programs, program, file, offset);
  const [first] = entities;
  if (!first || name === first.entity.name) return [];
  const places = references(programs, program, file, offset);
  const refused = wrongName(name) ?? entities.map((e) => taken(e.program, e.entity, name)).find((r) => r !== undefined);
  if (refused !== undefined) return { refused };
  for (const { program: where } of entities) {
    const problem = changedMeaning(where, places, name);
    if (problem !== undefined) return { refused: problem };
  }
  return places;
}

function wrongName(name: string): string | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name))
    return `'${name}' is not a name in C: it takes letters, digits and _, and does not begin with a digit`;
  if (KEYWORDS.has(name)) return `'${name}' is a keyword: choose another name`;
  return undefined;
}
/** Who has the name already where the entity is declared. */
function taken(program: Program, { named }: Entity, name: string): string | undefined {
  switch (named.kind) {
    case 'field': {
      const { record } = named.found;
      if (!record.fields?.some((f) => f.name === name)) return undefined;
      return `${record.tag ? `'${record.kind} ${record.tag}'` : `this ${record.kind}`} already has a member '${name}'`;
    }
    case 'tag':
      if (program.layouts.record(name) ?? program.layouts.enumeration(name))
        return `'${named.type.kind} ${name}' is the kernel's: choose another name`;
      return undefined;
    case 'label':
      return undefined;
    case 'symbol': {
      if (BUILTIN_TYPE_NAMES.has(name)) return `'${name}' is a type of the kernel: choose another name`;
      const other = program.lookup(name);
      if (other?.kind === 'api')
        return `'${name}' is a function of the kernel: calls of it here would lead to yours; choose another name`;
      if (other && !other.span) return `'${name}' is the kernel's: choose another name`;
      return undefined;
    }
  }
}

// ---------------------------------------------------------------- what the result means
/** Why some name of the program would name something else after the renaming. */
function changedMeaning(program: Program, places: readonly Place[], name: string): string | undefined {
  const edits = program.files.map((source) => editsIn(source, places));
  if (edits.every((list) => list.length === 0)) return undefined;
  const after = check(
    program.files.map((source, i) => ({ path: source.path, text: edited(source.text, edits[i] ?? [], name) })),
    { machine: program.choice, resolveInclude: (path, from) => included(program, path, from, edits, name) },
  );
  // a name changes within its line
  const known = new Set(errorsOf(program).map((d) => `${d.code}:${d.span.file}:${lineOf(program, d.span)}`));
  const first = errorsOf(after).find((d) => !known.has(`${d.code}:${d.span.file}:${lineOf(after, d.span)}`));
  if (first) return `the name '${name}' is taken: ${first.message} (line ${lineOf(after, first.span)})`;
  const [old, now] = [nameIndex(program), nameIndex(after)];
  const meaning = new Map<Entity, Entity>();
  const meant = new Map<Entity, Entity>();
  for (let file = 0; file < program.files.length; file++) {
    const [before, renamed] = [old.inFile(file), now.inFile(file)];
    for (let i = 0; i < Math.max(before.length, renamed.length); i++) {
      const [a, b] = [before[i], renamed[i]];
      const same =
        a && b && (meaning.get(a.entity) ?? b.entity) === b.entity && (meant.get(b.entity) ?? a.entity) === a.entity;
      if (!same) {
        const at = b ? lineOf(after, b.occurrence.span) : a ? lineOf(program, a.occurrence.span) : 0;
        return `the name '${name}' is taken: line ${at} would mean something else`;
      }
      meaning.set(a.entity, b.entity);
      meant.set(b.entity, a.entity);
    }
  }
  return undefined;
}
const errorsOf = (program: Program) => program.diagnostics.filter((d) => d.severity === 'error');
const lineOf = (program: Program, { file, start }: Span): number =>
  program.files[file]?.text.slice(0, start).split('\n').length ?? 0;
/** The places in a file, by position: also those that another program has in it. */
const editsIn = ({ path }: SourceFile, places: readonly Place[]): Span[] =>
  places
    .filter(({ program, span }) => program.files[span.file]?.path === path)
    .map(({ span }) => span)
    .sort((a, b) => a.start - b.start);
function edited(text: string, edits: readonly Span[], name: string): string {
  let result = '';
  let at = 0;
  for (const { start, end } of edits) {
    result += text.slice(at, start) + name;
    at = end;
  }
  return result + text.slice(at);
}
/** The file that an `#include` of a file of the program led to, with the edits in it. */
function included(
  program: Program,
  path: string,
  from: string,
  edits: readonly (readonly Span[])[],
  name: string,
): { path: string; text: string } | undefined {
  const source = program.files.find((f) => f.path === from);
  const link = source?.includes.find(({ span }) => source.text.slice(span.start + 1, span.end - 1) === path);
  const target = link && program.files[link.file];
  return target && { path: target.path, text: edited(target.text, edits[link.file] ?? [], name) };
}
