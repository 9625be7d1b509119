/** What the shell knows of a view. */
export interface ViewEntry {
  /** as the protocol names it */
  readonly name: string;
  /** of its tab */
  readonly title: string;
  /** the element that shows it: a ViewElement */
  readonly tag: string;
  /** why it matters, in a sentence */
  readonly why: string;
  /** heading of docs/kernel.md about it, as a link names it */
  readonly anchor: string;
  /** loads the code that defines the element */
  readonly load: () => Promise<unknown>;
}
