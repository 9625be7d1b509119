/** A completion, as plain data. */

export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'variable' | 'function' | 'constant' | 'keyword' | 'type';
  readonly detail: string;
  /** text to insert, with placeholders $1 …; absent: the label */
  readonly snippet?: string;
  /** listed before the others */
  first?: boolean;
  /** removed in the machine's kernel version */
  readonly deprecated?: boolean;
}
