/** Which kernel versions are known: the checker, kmem.json and its schema ask the same list. */
import assert from 'node:assert/strict';
import { allNames, lookupApi } from '../../server/language/catalogue/catalogue';
import { DEFAULT_PROFILE } from '../../server/profiles/profiles';
import { isBefore, isKnownVersion, VERSIONS } from '../../server/profiles/versions';

const check = (known: boolean, ...versions: string[]) => {
  for (const version of versions) assert.equal(isKnownVersion(version), known, version);
};

describe('kernel versions', () => {
  it('are known if there was such a release, a stable one and one of a distribution too', () =>
    check(true, '2.6.32', '2.6.39', '3.0', '4.20', '5.19', '6.1', '6.1.4', '6.1.0-13-amd64', '6.18'));
  it('are accepted where they came later', () => check(true, '6.19', '6.19.2', '7.0', '7.3.1', '7.0-rc1'));
  it('are not known if there was none', () =>
    check(false, '2.4', '2.6.31', '3.20', '4.21', '5.20', '6.20', '9.9', '61', '6.1.', '', 'six'));
  it('are in their order', () => {
    for (const [i, version] of VERSIONS.entries())
      assert.ok(i === 0 || isBefore(VERSIONS[i - 1] ?? '', version), version);
  });
  it('include those in which the catalogue says that a function came or went', () => {
    const versions = new Set(
      [...allNames(DEFAULT_PROFILE)].flatMap((name) => [lookupApi(name)?.since, lookupApi(name)?.until]),
    );
    versions.delete(undefined);
    assert.ok(versions.size > 10);
    check(true, ...([...versions] as string[]));
  });
});
