import type { Members } from '../../../types/layout';

/** What a subsystem's headers define for drivers. A program may define a structure of the same name itself. */
export interface SubsystemTypes {
  /** tag → members; several in one place where they are an array */
  readonly structs: Readonly<Record<string, Members>>;
  /** typedef name → C type */
  readonly typedefs?: Readonly<Record<string, string>>;
  /** of the type int, as far as they fit */
  readonly constants?: Readonly<Record<string, number>>;
  /** of the type unsigned int */
  readonly flags?: Readonly<Record<string, number>>;
  /** seconds since 1970, of the type long long */
  readonly times?: Readonly<Record<string, number>>;
}
