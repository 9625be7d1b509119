/**
 * Where names are declared and used: definition, type definition, references, highlights. A name in a file that several programs include
 * has places in all of them.
 */
import type { CType } from '../../../types/ctype';
import type { Program } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import { declarationOf, type Entity, type Occurrence } from './entities';
import { type NameAt, nameIndex } from './nameIndex';

/** A span of one of several programs. */
export interface Place {
  readonly program: Program;
  readonly span: Span;
}
export interface Reference extends Place {
  readonly occurrence: Occurrence;
}

export const nameAt = (program: Program, file: number, offset: number): NameAt | undefined =>
  nameIndex(program).at(file, offset);

/** Where the name at an offset is defined, or else declared; undefined for the kernel's own. */
export function definition(program: Program, file: number, offset: number): Span | undefined {
  const found = nameAt(program, file, offset);
  return found && declarationOf(found.entity)?.span;
}

/** Where the name at an offset is only declared, `extern` or as a prototype; where it is defined, if nowhere else. */
export function declaration(program: Program, file: number, offset: number): Span | undefined {
  const found = nameAt(program, file, offset);
  if (!found) return undefined;
  const { occurrences } = found.entity;
  return (occurrences.find((o) => o.declares && !o.defines) ?? declarationOf(found.entity))?.span;
}

/** Where the type of the name at an offset is defined: the structure that a pointer leads to, the typedef. */
export function typeDefinition(program: Program, file: number, offset: number): Span | undefined {
  const found = nameAt(program, file, offset);
  const type = found && typeOf(found.entity);
  return type && definitionOfType(program, type);
}
function typeOf({ named }: Entity): CType | undefined {
  switch (named.kind) {
    case 'symbol':
      return named.sym.type;
    case 'field':
      return named.found.field.type;
    case 'tag':
      return named.type;
    case 'label':
      return undefined;
  }
}
function definitionOfType(program: Program, type: CType): Span | undefined {
  const index = nameIndex(program);
  const tag = index.ofTag(type);
  const ofTag = tag && declarationOf(tag);
  if (ofTag) return ofTag.span;
  const named = type.typedef === undefined ? undefined : program.lookup(type.typedef);
  if (named?.kind === 'typedef' && named.span) return named.span;
  switch (type.kind) {
    case 'pointer':
      return definitionOfType(program, type.to);
    case 'array':
      return definitionOfType(program, type.of);
    case 'function':
      return definitionOfType(program, type.returns);
    default:
      return undefined;
  }
}

/** The entities that the name at an offset of a program's file is in each of the programs: where they share the file of a declaration. */
export function entitiesAt(
  programs: readonly Program[],
  program: Program,
  file: number,
  offset: number,
): { readonly program: Program; readonly entity: Entity }[] {
  const first = nameAt(program, file, offset)?.entity;
  if (!first) return [];
  if (isOfKernel(first)) return programs.flatMap((one) => ofKernel(one, first) ?? []);
  const found = [{ program, entity: first }];
  for (const one of found) {
    for (const { span } of one.entity.occurrences.filter((o) => o.declares)) {
      const path = one.program.files[span.file]?.path;
      for (const other of programs) {
        if (found.some((f) => f.program === other)) continue;
        const at = other.files.findIndex((f) => f.path === path);
        const entity = at < 0 ? undefined : nameAt(other, at, span.start)?.entity;
        if (entity?.name === first.name) found.push({ program: other, entity });
      }
    }
  }
  return found;
}

const isOfKernel = ({ named }: Entity): boolean => named.kind === 'symbol' && named.sym.span === undefined;
/** The same name of the kernel in another program, if that has not one of its own. */
function ofKernel(program: Program, { name }: Entity): { program: Program; entity: Entity } | undefined {
  const sym = program.lookup(name);
  const entity = sym && nameIndex(program).find({ kind: 'symbol', sym });
  return entity && isOfKernel(entity) ? { program, entity } : undefined;
}

/** Every place of the name at an offset, each once, in order of position. */
export function references(
  programs: readonly Program[],
  program: Program,
  file: number,
  offset: number,
): readonly Reference[] {
  const seen = new Set<string>();
  const all: Reference[] = [];
  for (const { program: where, entity } of entitiesAt(programs, program, file, offset))
    for (const occurrence of entity.occurrences) {
      const { span } = occurrence;
      const key = `${where.files[span.file]?.path}:${span.start}`;
      if (seen.has(key)) continue;
      seen.add(key);
      all.push({ program: where, span, occurrence });
    }
  return all;
}

/** The places of the name at an offset in its own file. */
export function highlights(program: Program, file: number, offset: number): readonly Occurrence[] {
  const found = nameAt(program, file, offset);
  return found ? found.entity.occurrences.filter((o) => o.span.file === file) : [];
}
