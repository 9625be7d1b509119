/** Loaded into mocha by `testRun.ts`: puts changed modules in place of those on disk, runs the tests asked for, and records each. */
import { readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { relative } from 'node:path';
import { REACHED } from './rewrite';

export interface Job {
  /** JavaScript by absolute path of the module that it stands for */
  readonly modules: Readonly<Record<string, string>>;
  /** how many probes the modules have */
  readonly probes: number;
  /** full titles of the tests to run, by file; all tests where undefined */
  readonly only?: Readonly<Record<string, readonly string[]>>;
  /** where the results are written, also when the process ends before its time */
  readonly results: string;
}
export interface TestResult {
  /** relative to the project */
  readonly file: string;
  readonly title: string;
  readonly passed: boolean;
  readonly ms: number;
  /** probes that the test has reached */
  readonly reached: readonly number[];
}
export interface Results {
  readonly tests: readonly TestResult[];
  /** probes reached while files were loaded or in hooks of a suite */
  readonly outside: readonly number[];
}

const job: Job = JSON.parse(readFileSync(process.env.KMEM_MUTANTS_JOB ?? '', 'utf8'));
const reached = new Uint8Array(job.probes);
Object.assign(globalThis, { [REACHED]: reached });

type Loader = (module: { _compile(code: string, file: string): void }, file: string) => void;
const loaders = (Module as unknown as { _extensions: Record<string, Loader> })._extensions;
const load = loaders['.ts'] as Loader;
loaders['.ts'] = (module, file) => {
  const code = job.modules[file];
  if (code === undefined) load(module, file);
  else module._compile(code, file);
};

const tests: TestResult[] = [];
const outside = new Set<number>();
const take = (): number[] => {
  const ids: number[] = [];
  for (let id = reached.indexOf(1); id >= 0; id = reached.indexOf(1, id + 1)) ids.push(id);
  reached.fill(0);
  return ids;
};
const setAside = (): void => {
  for (const id of take()) outside.add(id);
};
const nameOf = (file: string | undefined): string => relative(process.cwd(), file ?? '');

/** Leaves in a suite, and in those below it, only the tests asked for. */
function select(suite: Mocha.Suite): void {
  suite.tests = suite.tests.filter((test) => job.only?.[nameOf(test.file)]?.includes(test.fullTitle()));
  for (const inner of suite.suites) select(inner);
}

export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    const root = this.test?.parent;
    if (job.only && root) select(root);
  },
  beforeEach: setAside,
  afterEach(this: Mocha.Context): void {
    const test = this.currentTest;
    if (!test) return;
    tests.push({
      file: nameOf(test.file),
      title: test.fullTitle(),
      passed: test.state !== 'failed',
      ms: test.duration ?? 0,
      reached: take(),
    });
  },
};
process.on('exit', () => {
  setAside();
  const results: Results = { tests, outside: [...outside] };
  writeFileSync(job.results, JSON.stringify(results));
});
