/** Numbers that follow from a seed, for random operations that repeat. */
export class Numbers {
  constructor(private seed: number) {}
  below(n: number): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) | 0;
    return (this.seed >>> 8) % n;
  }
}
