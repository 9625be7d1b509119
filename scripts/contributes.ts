// Writes extension/contributions.ts into package.json (`npm run contributes`).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activationEvents, contributes } from '../extension/contributions';

const path = join(__dirname, '..', 'package.json');
const manifest = JSON.parse(readFileSync(path, 'utf8'));
writeFileSync(path, `${JSON.stringify({ ...manifest, activationEvents, contributes }, null, 2)}\n`);
