/** The launch attribute `recorded`: the scenario runs on a machine that was recorded. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { recordedBoot } from '../../server/cli/recordingFile';
import { loadFromDisk } from '../../server/dap/launch';
import { Client } from './client';

const FIXTURES = resolve(__dirname, '../fixtures');
const ZONE = 'NODE_DATA(0)->node_zones[ZONE_DMA32]';

describe('launch attribute "recorded"', () => {
  let folder: string;
  let program: string;
  let client: Client;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-recorded-'));
    program = join(folder, 'a.kmem');
    writeFileSync(program, 'task main {\n\tpr_info("x");\n}\n');
    cpSync(join(FIXTURES, 'proc/amd64-256-cpus1-nodes1'), join(folder, 'machine'), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    client = new Client((launch) => loadFromDisk(launch, { recordedBoot }));
    await client.ask('initialize', {});
  });
  afterEach(() => client.close());

  const managed = async () => (await client.ask('evaluate', { expression: `${ZONE}.managed_pages.counter,d` })).result;
  const started = async (recorded: string) => {
    await client.ask('launch', { program, recorded });
    await client.ask('configurationDone');
    await client.event('stopped');
  };
  const refused = async (recorded: unknown, message: RegExp) => {
    const response = await client.request('launch', { program, recorded });
    assert.equal(response.success, false);
    assert.match(response.message ?? '', message);
    assert.equal((response.body.error as { showUser?: boolean }).showUser, true);
  };

  for (const [what, path] of Object.entries({
    'a folder with its /proc files': join(FIXTURES, 'proc/amd64-256-cpus1-nodes1'),
    'a folder beside the scenario': 'machine',
    'a recording': join(FIXTURES, 'machines/amd64-256-cpus1-nodes1.json'),
  }))
    it(`${what}: the zones are those of the recorded machine, at a restart too`, async () => {
      await started(path);
      assert.equal(await managed(), '48851');
      const from = client.messages.length;
      await client.ask('restart', {});
      await client.event('stopped', from);
      assert.equal(await managed(), '48851');
    });
  it('a folder that is not there', async () => {
    await refused('nowhere', /"recorded" is .*\/nowhere: there is no such file or folder\. Give a folder/);
  });
  it('a folder that lacks files', async () => {
    await refused('.', /"recorded" is .*: the file zoneinfo is missing/);
  });
  it('a file that is not a recording', async () => {
    await refused('a.kmem', /not JSON/);
  });
  it('what is not a path', async () => {
    await refused(7, /launch configuration: the argument "recorded" is not a string/);
    await refused(' ', /"recorded" is empty/);
  });
  it('a machine of another architecture', async () => {
    const path = join(FIXTURES, 'proc/i386-1024-cpus1-nodes1');
    await refused(path, /the recorded machine is i386, and the scenario is for x86_64/);
  });
});
