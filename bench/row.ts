/** One line of the benchmark's table. */
export interface Row {
  /** what was measured */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** a peer or native twin measured in the same run: its name and value (in `unit`); the ratio is value / peer */
  readonly peer?: { readonly name: string; readonly value: number };
  /** the project's target, as text: `≤ 2`, `≤ 50 ms` */
  readonly target?: string;
}
/** What each `bench/*.bench.ts` exports. */
export interface Bench {
  readonly name: string;
  /** @param minutes for those that run as long as they are told to */
  run(minutes?: number): Promise<Row[]>;
}

/** Median of `runs` timings of `work`, in milliseconds, after `warm` untimed runs. */
export function median(work: () => void, runs = 9, warm = 3): number {
  for (let i = 0; i < warm; i++) work();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1] as number;
}
