/** `kmem format`: what it writes, what it prints, its exit status. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../server/cli/command';
import { format } from '../../server/cli/formatCommand';

describe('kmem format', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-format-'));
    writeFileSync(join(folder, 'ugly.kmem'), 'task main { msleep(1); }');
    writeFileSync(join(folder, 'pretty.kmem'), 'task main {\n\tmsleep(1);\n}\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function check(argv: string, status: number, out: string, err = ''): Promise<void> {
    const said = { out: '', err: '' };
    const io = { out: (t: string) => void (said.out += t), err: (t: string) => void (said.err += t) };
    const args = argv.split(' ').map((a) => (/kmem$/.test(a) ? join(folder, a) : a));
    const got = await runCommand([{ name: 'format', summary: '', load: async () => format }], ['format', ...args], io);
    const plain = (text: string) => text.replaceAll(`${folder}/`, '');
    assert.deepEqual([got, plain(said.out), plain(said.err)], [status, out, err]);
  }
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');

  it('writes the files that change, and names them', async () => {
    await check('pretty.kmem ugly.kmem', 0, 'ugly.kmem\n');
    assert.equal(text('ugly.kmem'), text('pretty.kmem'));
    await check('pretty.kmem ugly.kmem', 0, '');
  });
  it('--check writes nothing', async () => {
    const before = text('ugly.kmem');
    await check('ugly.kmem pretty.kmem --check', 1, 'ugly.kmem\n');
    await check('pretty.kmem --check', 0, '');
    assert.equal(text('ugly.kmem'), before);
  });
  it('--spaces', async () => {
    await check('pretty.kmem --spaces 4', 0, 'pretty.kmem\n');
    assert.equal(text('pretty.kmem'), 'task main {\n    msleep(1);\n}\n');
    await check('pretty.kmem --spaces 0', 2, '', 'kmem format: --spaces takes a whole number from 1 to 16, not 0\n');
  });
  it('a file that is not there does not keep the others from being formatted', async () => {
    await check(
      'none.kmem ugly.kmem',
      2,
      'ugly.kmem\n',
      'kmem format: none.kmem: there is no such file; give the path of a .kmem file\n',
    );
  });
});
