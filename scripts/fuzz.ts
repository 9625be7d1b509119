// `npm run fuzz [-- MESSAGES [SEED]]`: random messages and broken bytes to both servers, 100,000 each where nothing else is said.
import { fuzzDap } from '../test/fuzz/dapFuzz';
import { fuzzLsp } from '../test/fuzz/lspFuzz';

const [messages = 100_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);

async function main(): Promise<void> {
  for (const [name, run] of [
    ['debug adapter', fuzzDap],
    ['language server', fuzzLsp],
  ] as const) {
    console.log(`${name}: ${messages} messages, seed ${seed} …`);
    const { failedInside, ...figures } = await run(messages, seed);
    console.log(figures, failedInside);
    if (figures.unanswered + figures.answeredTwice + failedInside.length > 0) process.exitCode = 1;
  }
}
void main();
