import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { sha256 } from '../../../scripts/packaging/build-release.ts';
import { checkSums, compareReleases } from '../../../scripts/packaging/compare-releases.ts';
import { type Sbom, sbomOf } from '../../../scripts/packaging/sbom.ts';

describe('the verification of a release', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pegway-compare-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A release of one archive, with these files in it, and one other file. */
  function releaseOf(name: string, files: Readonly<Record<string, string>>, level = 9): string {
    const [release, contents] = [join(folder, name), join(folder, `${name}-contents`)];
    for (const directory of [release, contents]) mkdirSync(directory);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(contents, file), text);
    const tar = execFileSync('tar', ['-cf', '-', '-C', contents, '.']);
    writeFileSync(join(release, 'pegway-1.0.0.tgz'), gzipSync(tar, { level }));
    writeFileSync(join(release, 'pegway-1.0.0.cdx.json'), '{}');
    return release;
  }
  const files = { 'relayer.js': 'sign()', '.hidden': '', 'README.md': 'hello' };

  it('finds no difference between the same files, and reports other compression apart', () => {
    const [one, other] = [releaseOf('one', files), releaseOf('other', files, 1)];
    assert.deepEqual(compareReleases(one, other), { differences: [], recompressed: ['pegway-1.0.0.tgz'] });
  });

  it('names each file that differs, is missing or is too many, in archives and beside them', () => {
    const one = releaseOf('one', { ...files, 'relayer.js': 'sign(); send()', 'more.js': '' });
    const other = releaseOf('other', { ...files, '.less': '' });
    writeFileSync(join(one, 'pegway-1.0.0.cdx.json'), '{ }');
    writeFileSync(join(other, 'SOURCES'), '');
    assert.deepEqual(compareReleases(one, other).differences, [
      'SOURCES: is not in the release, but built from these sources',
      'pegway-1.0.0.cdx.json: differs',
      'pegway-1.0.0.tgz: .less is not in the release, but built from these sources',
      'pegway-1.0.0.tgz: more.js is in the release, but not built from these sources',
      'pegway-1.0.0.tgz: relayer.js differs',
    ]);
  });

  it('names a file that only became executable', () => {
    const [one, other] = [releaseOf('one', files), releaseOf('other', files)];
    chmodSync(join(one, 'pegway-1.0.0.cdx.json'), 0o755);
    assert.deepEqual(compareReleases(one, other).differences.slice(0, 1), [
      'pegway-1.0.0.cdx.json: differs in its execute permission',
    ]);
  });

  it('names files whose checksum is wrong or not listed', () => {
    const one = releaseOf('one', files);
    const sum = sha256(join(one, 'pegway-1.0.0.tgz'));
    writeFileSync(join(one, 'SHA256SUMS'), `${sum}  pegway-1.0.0.tgz\n${sum}  pegway-1.0.0.txt\n`);
    assert.deepEqual(checkSums(one), [
      'pegway-1.0.0.txt: is missing, but SHA256SUMS lists it',
      'pegway-1.0.0.cdx.json: SHA256SUMS does not list it',
    ]);
    writeFileSync(join(one, 'pegway-1.0.0.tgz'), 'changed');
    assert.match(checkSums(one)[0] ?? '', /its SHA-256 is not the one/);
  });
});

describe('the SBOM of a release', () => {
  const part = (name: string, version: string) => ({ 'bom-ref': `${name}@${version}`, name, version });
  const all: Sbom = {
    serialNumber: 'urn:uuid:1',
    metadata: { component: { 'bom-ref': 'pegway@1.0.0', name: 'checkout' } },
    components: [part('viem', '2.0.0'), part('viem', '1.0.0'), part('@a/b', '3.0.0'), part('hardhat', '3.0.0')],
    dependencies: [{ ref: 'pegway@1.0.0', dependsOn: ['viem@2.0.0', 'hardhat@3.0.0'] }, { ref: 'hardhat@3.0.0' }],
  };
  const separator = `\n\n${'-'.repeat(80)}\n\n`;
  const licenses = (...names: string[]) => [
    `Packages.\n\n${names.map((name) => `${name} (MIT)\n\nPermission 1.0 (granted)`).join(separator)}`,
  ];

  it('has the packages of the licence texts in their versions, and nothing that differs from run to run', () => {
    const sbom = sbomOf(all, licenses('viem 2.0.0', '@a/b 3.0.0'));
    assert.deepEqual(
      sbom.components.map((one) => one['bom-ref']),
      ['viem@2.0.0', '@a/b@3.0.0'],
    );
    assert.deepEqual(sbom.dependencies, [{ ref: 'pegway@1.0.0', dependsOn: ['viem@2.0.0'] }]);
    assert.ok(!('serialNumber' in sbom));
    assert.equal(sbom.metadata.component.name, 'pegway');
  });

  it('fails for a bundled package that npm does not list', () => {
    assert.throws(() => sbomOf(all, licenses('viem 9.0.0')), /does not list viem@9.0.0/);
    assert.throws(() => sbomOf(all, []), /does not list any package/);
  });
});
