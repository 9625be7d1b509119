/** A completion, as plain data. */

export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'variable' | 'function' | 'constant' | 'keyword' | 'type';
  readonly detail: string;
  /** text to insert, with placeholders $1 …; absent: the label */
  readonly snippet?: string;
  /** lower ones are listed first; those of one rank in the order of `order`, or else of the alphabet */
  readonly rank: number;
  readonly order?: number;
  /** removed in the machine's kernel version */
  readonly deprecated?: boolean;
}
/** What comes first, and what last. */
export const RANK = {
  /** a mask where one is wanted, which is allowed here */
  wanted: 0,
  possible: 1,
  local: 2,
  own: 3,
  kernel: 4,
  keyword: 5,
  internal: 6,
  old: 7,
  /** not allowed in the context */
  refused: 8,
} as const;
