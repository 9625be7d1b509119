import { readFileSync } from 'node:fs';
import { replaySlubTrace } from '/work/slub/server/recordings/slub_traces';
for (const f of process.argv.slice(2)) console.log(f, JSON.stringify(replaySlubTrace(JSON.parse(readFileSync(f,'utf8')), () => performance.now())).slice(0,900));
