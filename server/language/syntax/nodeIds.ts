/** Numbers for the nodes of one program, from 0: what is known of nodes is kept in arrays by them. */
export class NodeIds {
  /** those given so far are below it */
  count = 0;

  next(): number {
    return this.count++;
  }
}
