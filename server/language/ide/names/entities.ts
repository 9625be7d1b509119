/** What names name: symbols, members, tags, labels, each with the places of its name in the files of a program. */
import type { CType, Field } from '../../../types/ctype';
import type { NamedField, Sym } from '../../check/context/program';

import type { ContextDef, FunctionDef, Span } from '../../syntax/tree';

/** A place where a name is written. */
export interface Occurrence {
  readonly span: Span;
  /** it is declared here */
  readonly declares: boolean;
  /** it gets its body, its members or its memory here */
  readonly defines: boolean;
  /** its value is set here */
  writes: boolean;
}
export type Named =
  | { readonly kind: 'symbol'; readonly sym: Sym }
  | { readonly kind: 'field'; readonly found: NamedField }
  | { readonly kind: 'tag'; readonly type: CType & { readonly kind: 'struct' | 'union' | 'enum' } }
  | { readonly kind: 'label'; readonly owner: FunctionDef | ContextDef | undefined };
export interface Entity {
  readonly name: string;
  readonly named: Named;
  /** in order of position */
  readonly occurrences: Occurrence[];
}

/** The object by which types that differ in qualifiers or alignment are one: what they share. */
export const tagKey = (type: CType): object =>
  type.kind === 'struct' || type.kind === 'union'
    ? (type.fields ?? type)
    : type.kind === 'enum'
      ? type.constants
      : type;
export const fieldKey = (field: Field): object => field;

/** Where it is declared; undefined for what the kernel has. */
export const declarationOf = ({ named, occurrences }: Entity): Occurrence | undefined =>
  occurrences.find((o) => o.defines) ??
  occurrences.find((o) => o.declares) ??
  // a structure that is never defined
  (named.kind === 'tag' && named.type.kind !== 'enum' && !named.type.builtin ? occurrences[0] : undefined);

/** `the member 'head' of struct ring`, for messages. */
export function describeEntity({ name, named }: Entity): string {
  switch (named.kind) {
    case 'field':
      return `the member '${name}'`;
    case 'tag':
      return `'${named.type.kind} ${name}'`;
    case 'label':
      return `the label '${name}'`;
    case 'symbol':
      return `'${name}'`;
  }
}
