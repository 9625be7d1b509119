/** Test files run in a mocha of their own, on changed modules. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transform } from 'esbuild';
import type { Job, Results } from './insideMocha';

export const root = resolve(__dirname, '../..');
const tsconfig = readFileSync(join(root, 'tsconfig.json'), 'utf8');

export interface Run extends Results {
  /** mocha's own; undefined when the run was ended because it took too long */
  readonly exitCode: number | undefined;
  readonly ms: number;
}
let runs = 0;

/** Test runs under way. Each leads a process group, since tests start servers; an interrupted command takes them with it. */
const running = new Set<number>();
const end = (group: number): void => {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
};
process.on('exit', () => running.forEach(end));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

/**
 * Runs test files, in their order and up to the first failure where `bail` says so.
 * @param sources TypeScript by the path (in the project) of the module that it stands for
 * @param limit milliseconds until the run is ended
 */
export async function runTests(
  folder: string,
  files: readonly string[],
  sources: ReadonlyMap<string, string>,
  options: Pick<Job, 'only' | 'probes'> & { readonly bail: boolean; readonly limit: number },
): Promise<Run> {
  const path = join(folder, `${runs++}`);
  const modules: Record<string, string> = {};
  for (const [file, source] of sources) {
    const made = await transform(source, { loader: 'ts', format: 'cjs', target: 'node20', tsconfigRaw: tsconfig });
    modules[join(root, file)] = made.code;
  }
  const job: Job = {
    modules,
    probes: options.probes,
    ...(options.only && { only: options.only }),
    results: `${path}.results`,
  };
  writeFileSync(`${path}.job`, JSON.stringify(job));
  const begin = performance.now();
  const exitCode = await new Promise<number | undefined>((done) => {
    const inside = join(__dirname, 'insideMocha.ts');
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    const more = ['--require', './test/typescript.cjs', '--require', inside, '--reporter', 'min', '--exit'];
    const child = spawn(process.execPath, [mocha, ...more, ...(options.bail ? ['--bail'] : []), ...files], {
      cwd: root,
      env: { ...process.env, KMEM_MUTANTS_JOB: `${path}.job` },
      stdio: 'ignore',
      detached: true,
    });
    const group = child.pid ?? 0;
    if (group > 0) running.add(group);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (group > 0) end(group);
    }, options.limit);
    child.on('error', () => done(1));
    child.on('exit', (code) => {
      clearTimeout(timer);
      running.delete(group);
      done(late ? undefined : (code ?? 1));
    });
  });
  const ms = performance.now() - begin;
  const results: Results = existsSync(job.results)
    ? JSON.parse(readFileSync(job.results, 'utf8'))
    : { tests: [], outside: [] };
  for (const file of [`${path}.job`, job.results]) rmSync(file, { force: true });
  return { ...results, exitCode, ms };
}
