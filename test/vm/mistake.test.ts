/** What kmem says when it has made a mistake itself: once, apart from the kernel's text, and the session lives on. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario } from '../../server/debugger/load';
import { entryText } from '../../server/debugger/reportText';
import { ISSUES } from '../../server/vm/run/mistake';
import { load } from './scenario';

const TEXT = 'machine { memory = 64M; cpus = 1; } int n; task main { for (n = 0; n < 100; n++) msleep(1); }';

describe('a mistake in kmem', () => {
  it('ends the run with a report that is not the kernel’s', () => {
    const vm = load(TEXT);
    for (let n = 0; n < 10; n++) vm.step();
    vm.machine.timeouts.expired = () => {
      throw new TypeError('cannot read a thing of undefined');
    };
    for (let n = 0; n < 10; n++) vm.step();
    assert.equal(vm.status, 'mistake');
    const entries = vm.kernel.log.entries;
    assert.equal(entries.length, 1);
    const [entry] = entries;
    assert.ok(entry);
    assert.equal(entry.kind, 'mistake');
    assert.equal(entry.text, 'kmem has made a mistake: TypeError: cannot read a thing of undefined');
    assert.ok(entry.lines.some((line) => line.includes(ISSUES)));
    assert.ok(entryText(entry).startsWith('kmem has made'));
  });
  it('the session can still go back and look', () => {
    const loaded = loadScenario('/mistake.kmem', TEXT);
    assert.ok('session' in loaded);
    const { session } = loaded;
    const { timeline, target } = session;
    for (let n = 0; n < 30; n++) timeline.forward();
    const { machine } = (target as unknown as { vm: ReturnType<typeof load> }).vm;
    machine.timeouts.expired = () => {
      throw new TypeError('ours');
    };
    session.beginContinue();
    const stop = session.run();
    assert.equal(stop.kind, 'end');
    assert.match(stop.description, /a mistake in kmem/);
    timeline.goTo(timeline.lastMoment(timeline.moment.mark - 1));
    assert.equal(session.evaluate('n < 100', session.topFrame()).value, '1');
  });
  it('names the place of package.json for reports', () => {
    const { bugs } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
      bugs: { url: string };
    };
    assert.equal(ISSUES, bugs.url);
  });
});
