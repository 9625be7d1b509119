// `npm run fuzz:c [-- PROGRAMS [SEED]]`: random programs in kmem and compiled by gcc, 3,000 on each machine where nothing else is said.
import { compilerFor, FUZZED, fuzzC } from '../test/fuzz/cFuzz';

const [programs = 3000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
for (const arch of FUZZED) {
  if (!compilerFor(arch)) {
    console.log(`${arch}: no gcc that compiles for it`);
    continue;
  }
  console.log(`${arch}: ${programs} programs, seed ${seed} …`);
  const found = fuzzC(arch, programs, seed);
  for (const { seed: s, what } of found.slice(0, 20)) console.log(`  seed ${s}: ${what}`);
  console.log(`  ${found.length} differ`);
  if (found.length > 0) process.exitCode = 1;
}
