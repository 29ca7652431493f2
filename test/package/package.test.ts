import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);
const repository = process.cwd();

/** Prints each request: an installation over a slow line is progress, and not stuck. */
async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('npm', [...args, '--loglevel=http'], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = (await once(child, 'exit')) as [number | null];
  assert.equal(status, 0, `npm ${args.join(' ')}`);
}

/** What someone gets who installs the package: not the checkout, and none of its devDependencies. */
describe('The packed package, installed', () => {
  let folder: string;
  let pegway: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pegway-package-'));
    pegway = join(folder, 'node_modules', '.bin', 'pegway');
    await npm(repository, 'pack', '--pack-destination', folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    // The packages of the checkout's own installation are in npm's cache already.
    const tarball = join(folder, `pegway-${manifest.version}.tgz`);
    await npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball);
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('answers `pegway --help` with its commands', async () => {
    const { stdout } = await run(pegway, ['--help'], { cwd: folder });
    for (const command of ['devnet', 'relayer', 'deposit', 'redeem', 'status'])
      assert.match(stdout, new RegExp(command));
  });

  it('says its version', async () => {
    const { stdout } = await run(pegway, ['--version'], { cwd: folder });
    assert.equal(stdout.trim(), manifest.version);
  });

  it('exits 2 for a command that there is not', async () => {
    await assert.rejects(run(pegway, ['no-such-command'], { cwd: folder }), { code: 2 });
  });

  it('exports the digest, the encodings and their types as pegway/sdk', async () => {
    await writeFile(
      join(folder, 'use.mts'),
      `import { attestationDigest, encodeSignatures, encodeTransfers } from 'pegway/sdk';
       const functions: ((...args: never[]) => unknown)[] = [attestationDigest, encodeSignatures, encodeTransfers];
       console.log(functions.map((each) => typeof each).join(' '));`,
    );
    const { stdout } = await run('node', ['use.mts'], { cwd: folder });
    assert.equal(stdout.trim(), 'function function function');

    const tsc = join(repository, 'node_modules', '.bin', 'tsc');
    const typeRoots = join(repository, 'node_modules', '@types');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', '--typeRoots', typeRoots];
    await run(tsc, [...options, 'use.mts'], { cwd: folder });
  });
});
