// Launch configurations: what F5 without launch.json becomes, and the message for each mistake.
import assert from 'node:assert/strict';
import { DEFAULT_LAUNCH } from '../../extension/contributions';
import {
  type ActiveDocument,
  completeLaunch,
  type LaunchRequest,
  launchesOf,
  type Resolved,
} from '../../extension/launch';

const scenario: ActiveDocument = { languageId: 'kmem', path: '/w/nic-rx.kmem' };
const untitled: ActiveDocument = { languageId: 'kmem', path: undefined };
const markdown: ActiveDocument = { languageId: 'markdown', path: '/w/README.md' };

/** Expects a configuration that holds at least `expected`, or an error that matches. */
function check(resolved: Resolved<LaunchRequest>, expected: LaunchRequest | RegExp): void {
  if (expected instanceof RegExp) {
    assert.ok('error' in resolved, `no error, but ${JSON.stringify(resolved)}`);
    assert.match(resolved.error, expected);
    assert.match(resolved.error, /^kmem: .*[.}]$/, 'messages begin with the extension and are sentences');
  } else {
    assert.ok('config' in resolved, JSON.stringify(resolved));
    assert.deepEqual({ ...resolved.config, ...expected }, resolved.config);
  }
}

describe('extension: launch configurations', () => {
  it('F5 without launch.json debugs the active scenario and stops on entry', () => {
    check(completeLaunch({}, scenario), {
      type: 'kmem',
      request: 'launch',
      name: 'nic-rx.kmem',
      program: '/w/nic-rx.kmem',
      stopOnEntry: true,
    });
    check(completeLaunch({ noDebug: true }, scenario), { noDebug: true, program: '/w/nic-rx.kmem' });
  });
  it('a configuration without program means the active scenario', () =>
    check(completeLaunch({ type: 'kmem', request: 'launch', name: 'n' }, scenario), {
      program: DEFAULT_LAUNCH.program,
    }));
  it('a configuration with a program needs no editor', () =>
    check(completeLaunch({ type: 'kmem', request: 'launch', name: 'n', program: '/a.kmem', seed: 3 }, undefined), {
      program: '/a.kmem',
      seed: 3,
    }));
  it('names what is missing', () => {
    check(completeLaunch({}, undefined), /no scenario is open/);
    check(completeLaunch({}, markdown), /no scenario is open/);
    check(completeLaunch({}, untitled), /not saved to disk/);
  });
  it('offers each open scenario once, in the folder that it lies in', () => {
    const open = [
      { path: '/a/x.kmem', folder: 'file:///a' },
      { path: '/b/y.kmem', folder: 'file:///b' },
      { path: '/tmp/z.kmem', folder: undefined },
    ];
    const offered = (folder: string | undefined) => launchesOf(open, folder).map(({ program }) => program);
    assert.deepEqual(offered('file:///a'), ['/a/x.kmem']);
    assert.deepEqual(offered('file:///b'), ['/b/y.kmem']);
    assert.deepEqual(offered(undefined), ['/tmp/z.kmem']);
    assert.deepEqual(launchesOf([], undefined), [DEFAULT_LAUNCH]);
  });
});
