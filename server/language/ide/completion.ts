/** What completion offers, as plain data. */

export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'variable' | 'function' | 'constant' | 'keyword' | 'type';
  readonly detail: string;
  /** text to insert, with $1 … for places to fill in; absent: the label */
  readonly snippet?: string;
  /** before the others */
  first?: boolean;
  /** gone in the machine's kernel */
  readonly deprecated?: boolean;
}
