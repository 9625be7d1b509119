/** C twins of parts of the emulator (native/*.c), compiled and run beside it, and how both are timed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TAKES = 9;

/** Best of several takes, in nanoseconds of CPU time per operation (the twins count CPU time, too: a busy machine disturbs less). */
export function best(work: () => number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TAKES; i++) {
    const start = process.cpuUsage();
    const ops = work();
    const used = process.cpuUsage(start);
    least = Math.min(least, ((used.user + used.system) * 1e3) / ops);
  }
  return least;
}

/** A twin's figures by name, in nanoseconds an operation; undefined where there is no C compiler. */
export function twinFigures(name: string, rounds: number): ((figure: string) => number) | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'kmem-bench-'));
  try {
    const program = join(folder, name);
    execFileSync('cc', ['-O2', '-o', program, join(__dirname, `native/${name}.c`)], { stdio: 'pipe' });
    const text = execFileSync(program, [String(rounds)], { encoding: 'utf8' });
    return (figure) => Number(new RegExp(`^${figure} ([\\d.]+)$`, 'm').exec(text)?.[1]);
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
