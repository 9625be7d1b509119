/** A file of several units (maker.ts), the same for the same seed, and the values that its inputs can have. */
import { Dice } from '../../../generate';
import { braced, type Choices, HEAD, indented, Maker, type Place } from './maker';
import { block } from './statements';

export interface Generated {
  readonly text: string;
  readonly units: number;
  /** the machine has highmem, and no KASAN */
  readonly highmem: boolean;
  /** words for the mistakes in each unit */
  readonly mistakes: readonly (readonly string[])[];
}
/** The values of each input that runs choose from. */
export const INPUTS: Readonly<Record<string, readonly bigint[]>> = {
  c0: [0n, 0n, 1n, 1n, 2n],
  c1: [0n, 0n, 1n, 1n, 2n],
  c2: [0n, 0n, 1n, 1n, 2n],
  n0: [0n, 1n, 2n, 3n, 4n, -1n, -2n],
  mask: [0xcc0n, 0xa20n],
  fail: [0n, 0n, 0n, 1n, 2n, 3n, 4n, 5n, 6n],
  fail_pages: [0n, 0n, 0n, 1n, 2n, 3n],
  full: [0n],
};
const MACHINE = 'machine { memory = 32M; cpus = 1; config DEBUG_KMEMLEAK = y; }';
/** every fourth file: without KASAN, which i386 does not have */
const HIGHMEM = 'machine { arch = "i386"; memory = 1G; cpus = 1; config DEBUG_KMEMLEAK = y; }';
const hasHighmem = (seed: number, units: number): boolean => Math.floor(seed / units) % 4 === 3;

export const generated = (seed: number, units: number): Generated =>
  generatedBy((n) => new Dice(seed + n), units, hasHighmem(seed, units));
/** The same by any choices: those of each unit. */
export function generatedBy(choices: (unit: number) => Choices, units: number, highmem: boolean): Generated {
  const mistakes: (readonly string[])[] = [];
  const parts: string[] = [];
  for (let n = 0; n < units; n++) {
    const m = makerOf(choices(n), n, highmem);
    parts.push(unitText(m, n));
    mistakes.push(m.mistakes);
  }
  return { text: `${highmem ? HIGHMEM : MACHINE}\n${HEAD}\n${parts.join('\n')}\n`, units, highmem, mistakes };
}
function unitText(m: Maker, n: number): string {
  const dev = `u${n}_dev`;
  const place: Place = {
    sleeps: true,
    open: true,
    task: true,
    dev: `(&${dev})`,
    depth: 0,
    leave: [],
    gfp: undefined,
    number: undefined,
    returns: false,
  };
  const body = block(m, place, 4);
  const start = [
    `if (unit != ${n})`,
    '\treturn;',
    ...m.setup,
    `${dev}.gfp = GFP_KERNEL;`,
    `${dev}.ready = c2;`,
    'if (fail > 0) {',
    '\tsim_fail_next(kmalloc, 1, fail - 1);',
    '}',
    'if (fail_pages > 0) {',
    '\tsim_fail_next(alloc_pages, 1, fail_pages - 1);',
    '}',
    ...(m.fillsPercpu ? braced('if (full)', ['fill_percpu();']) : []),
  ];
  const task = [`task u${n} {`, ...indented([...start, ...body]), '}'];
  return [`static struct dev ${dev};`, ...m.globals, ...m.functions, ...task].join('\n');
}
/** Most units have one mistake, some none or two. */
function makerOf(dice: Choices, n: number, highmem: boolean): Maker {
  const draw = dice.below(10);
  return new Maker(dice, n, highmem, draw < 2 ? 0 : draw < 9 ? 1 : 2);
}
