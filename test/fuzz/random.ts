/** Random choices that a seed repeats. */
export class Random {
  constructor(private state: number) {}

  /** A whole number from 0 to `below` − 1. */
  to(below: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * below);
  }
  /** True once in `n` times. */
  once(n: number): boolean {
    return this.to(n) === 0;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.to(items.length)] as T;
  }
}

/** Values that nobody should send, and some that fit somewhere. */
export function anyValue(random: Random, depth = 0): unknown {
  switch (random.to(depth > 3 ? 9 : 12)) {
    case 0:
      return null;
    case 1:
      return random.pick([-1, 1e300, 0.5, 2 ** 53, -(2 ** 31), 0]);
    case 2:
      return '';
    case 3:
      return random.pick(['x', '\u0000', '__proto__', '{x}', '😀', '%s%n', '}}', '../..', "'"]).repeat(random.to(40));
    case 4:
      return random.once(2);
    case 5:
    case 6:
    case 7:
      return random.to(40);
    case 8:
      return [];
    case 9:
      return Array.from({ length: random.to(4) }, () => anyValue(random, depth + 1));
    default: {
      const object: Record<string, unknown> = {};
      const names = ['line', 'character', 'path', 'uri', 'id', 'name', 'range', 'start', 'value', 'text', 'condition'];
      for (let n = random.to(4); n > 0; n--) object[random.pick(names)] = anyValue(random, depth + 1);
      return object;
    }
  }
}
