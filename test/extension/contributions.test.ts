// package.json against its typed source, and the contributed files against what they name.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activationEvents, COMMANDS, contributes } from '../../extension/contributions';

const root = join(__dirname, '..', '..');
const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const manifest = json('package.json');

describe('extension: contributions', () => {
  it('package.json is up to date with extension/contributions.ts (else: npm run contributes)', () => {
    assert.deepEqual(manifest.contributes, JSON.parse(JSON.stringify(contributes)));
    assert.deepEqual(manifest.activationEvents, activationEvents);
  });
  it('is activated by kmem only', () => {
    for (const event of activationEvents) assert.match(event, /^on\w+:kmem(\.inspector)?$/);
  });
  it('names files that exist', () => {
    const { languages, grammars, snippets } = contributes;
    const files = [manifest.icon];
    for (const { configuration, icon } of languages) files.push(configuration, icon.light, icon.dark);
    for (const { path } of [...grammars, ...snippets]) files.push(path);
    for (const file of files) assert.ok(existsSync(join(root, file)), file);
  });
  it('has a walkthrough whose pictures are packed, and whose links and ticks name commands that exist', () => {
    const packed = readFileSync(join(root, '.vscodeignore'), 'utf8').split('\n');
    const own: readonly string[] = Object.values(COMMANDS);
    for (const { steps } of contributes.walkthroughs)
      for (const { title, description, media, completionEvents } of steps) {
        assert.ok(existsSync(join(root, media.image)) && packed.includes(`!${media.image}`), media.image);
        const links = [...description.matchAll(/\(command:([\w.]+)\)/g)].map(([, command = '']) => command);
        const ticks = completionEvents.flatMap((event) => /^onCommand:(.+)$/.exec(event)?.[1] ?? []);
        for (const command of [...links, ...ticks])
          assert.ok(own.includes(command) || /^(workbench|editor)\.action\./.test(command), `${title}: ${command}`);
      }
  });
  it('declares every command once and every menu entry for a declared command', () => {
    const declared = contributes.commands.map(({ command }) => command);
    assert.deepEqual([...declared].sort(), Object.values(COMMANDS).sort());
    for (const entries of Object.values(contributes.menus))
      for (const { command } of entries) assert.ok(declared.includes(command), command);
  });
  it('has snippets with prefixes, and bodies whose tab stops are numbered from 1', () => {
    const snippets: Record<string, { prefix: string; body: string[]; description: string }> = json(
      contributes.snippets[0]?.path ?? '',
    );
    for (const [name, { prefix, body, description }] of Object.entries(snippets)) {
      assert.match(prefix, /^\w+$/, name);
      assert.ok(description.length > 0, name);
      const stops = [...body.join('\n').matchAll(/(?<!\\)\$\{?(\d+)/g)].map(([, n]) => Number(n));
      for (let n = 1; n <= Math.max(0, ...stops); n++) assert.ok(stops.includes(n), `${name}: no tab stop ${n}`);
    }
  });
});
