// Writes the answers that the inspector's component tests show, from real sessions (test/webview/recorded.ts): `npm run goldens`.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { RECORDINGS } from '../test/webview/recorded';
import { answersFile, answersText, record } from '../test/webview/recordings';

async function main(): Promise<void> {
  const folder = dirname(answersFile(''));
  mkdirSync(folder, { recursive: true });
  const names = RECORDINGS.map(({ name }) => `${name}.json`);
  for (const old of readdirSync(folder)) if (!names.includes(old)) rmSync(`${folder}/${old}`);
  for (const recording of RECORDINGS) writeFileSync(answersFile(recording.name), answersText(await record(recording)));
}
void main();
