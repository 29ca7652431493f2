import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

import manifest from '../../package.json' with { type: 'json' };
import { checkSums } from '../../scripts/packaging/compare-releases.ts';
import type { Sbom } from '../../scripts/packaging/sbom.ts';
import { oldNode } from './old-node.ts';

const run = promisify(execFile);
const repository = process.cwd();

/** Prints each request: an installation over a slow line is progress, and not stuck. */
async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('npm', [...args, '--loglevel=http'], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = (await once(child, 'exit')) as [number | null];
  assert.equal(status, 0, `npm ${args.join(' ')}`);
}

/** Megabytes. The installation of a signer's machine, without optional peers. */
const LARGEST_INSTALL = 25;

/** The installation of a user of the package: not the checkout, and none of its devDependencies. */
describe('a release, with its package installed in an empty folder', () => {
  let folder: string;
  let release: string;
  let installed: string;
  let pegway: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pegway-package-'));
    installed = join(folder, 'node_modules', 'pegway');
    pegway = join(folder, 'node_modules', '.bin', 'pegway');
    release = join(folder, 'release');
    await run(process.execPath, ['scripts/release.ts', '--uncommitted', '--into', release]);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    // The packages of the checkout's own installation are in npm's cache already.
    const tarball = join(release, `pegway-${manifest.version}.tgz`);
    await npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball);
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** How a command fails. */
  const failure = async (...args: readonly string[]) => {
    try {
      await run(pegway, args, { cwd: folder });
    } catch (error) {
      return error as { code: number; stderr: string };
    }
    return assert.fail(`pegway ${args.join(' ')} did not fail`);
  };

  it('lists its commands for --help', async () => {
    const { stdout } = await run(pegway, ['--help'], { cwd: folder });
    for (const command of ['devnet', 'relayer', 'deposit', 'redeem', 'status'])
      assert.match(stdout, new RegExp(command));
  });

  it('prints its version', async () => {
    const { stdout } = await run(pegway, ['--version'], { cwd: folder });
    assert.equal(stdout.trim(), manifest.version);
  });

  it('exits 2 for an unknown command', async () => {
    assert.equal((await failure('no-such-command')).code, 2);
  });

  it('names the version of Node that it needs and the one it found', { skip: oldNode === undefined }, async () => {
    const entry = join(installed, manifest.bin.pegway);
    await assert.rejects(run(oldNode?.path ?? '', [entry, '--version']), {
      code: 2,
      stderr: `pegway: needs Node 24 or newer, found ${oldNode?.version}\n`,
    });
  });

  it('holds the intended files: code, types, docs and ops', () => {
    const files = globSync('**/*', { cwd: installed, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
    const intended = [
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
      /^(docs|ops)\//,
      /^dist\/(cli\/pegway|cli\/chunks\/[\w.-]+|sdk\/index|relayer\/callers\/recovery-worker)\.js(\.map)?$/,
      /^dist\/(sdk|protocol(\/(anchors|proof|receipts))?)\/[a-z0-9-]+\.d\.ts$/,
      /^dist\/app\//,
      /^dist\/THIRD-PARTY-LICENSES$/,
    ];
    assert.deepEqual(
      files.filter((file) => !intended.some((pattern) => pattern.test(file))),
      [],
    );
  });

  it('recovers signers in the worker thread that its code starts', async () => {
    const program = 'dist/relayer/callers/recovery-worker.js';
    // Relative to the chunk, which has to lie as deep as the source file.
    const starting = globSync('dist/cli/chunks/*.js', { cwd: installed }).filter((file) =>
      readFileSync(join(installed, file), 'utf8').includes('../../relayer/callers/recovery-worker'),
    );
    assert.equal(starting.length, 1);
    const worker = new Worker(join(installed, program));
    const answered = once(worker, 'message');
    worker.postMessage({ id: 7, digest: `0x${'ab'.repeat(32)}`, signature: `0x${'00'.repeat(64)}` });
    assert.deepEqual(await answered, [{ id: 7, signer: undefined }]);
    await worker.terminate();
  });

  it('is small without the optional peers, and brings none of them', async () => {
    const { stdout } = await run('du', ['-sm', installed]);
    assert.ok(Number.parseInt(stdout, 10) <= LARGEST_INSTALL, stdout);
    for (const name of [...Object.keys(manifest.peerDependencies), ...Object.keys(manifest.devDependencies)])
      assert.ok(!existsSync(join(folder, 'node_modules', name)), name);
  });

  it('comes with the licence of each bundled package', () => {
    const licenses = readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES'), 'utf8');
    for (const name of ['undici', 'viem', 'bullmq', '@ethereumjs/rlp'])
      assert.match(licenses, new RegExp(`^${name} \\d\\S* \\(`, 'm'));
  });

  it('holds each page of docs/ that its commands name', () => {
    const code = globSync('dist/cli/chunks/*.js', { cwd: installed }).map((file) =>
      readFileSync(join(installed, file), 'utf8'),
    );
    const named = new Set(code.flatMap((text) => text.match(/\bdocs\/[a-z-]+\.md/g) ?? []));
    assert.ok(named.size > 3);
    for (const page of named) accessSync(join(installed, page));
  });

  it('has a checksum of each file', () => {
    assert.deepEqual(checkSums(release), []);
    const names = ['-container.tar.gz', '.cdx.json', '.tgz'].map((ending) => `pegway-${manifest.version}${ending}`);
    assert.deepEqual(readdirSync(release).sort(), ['SHA256SUMS', ...names]);
  });

  it('lists in its SBOM the bundled packages, the page’s included, and no other', () => {
    const { components } = JSON.parse(
      readFileSync(join(release, `pegway-${manifest.version}.cdx.json`), 'utf8'),
    ) as Sbom;
    const names = new Set(components.map(({ name }) => name));
    for (const name of ['undici', 'viem', 'bullmq', 'react', 'wagmi']) assert.ok(names.has(name), name);
    for (const name of ['hardhat', 'typescript', '@foundry-rs/anvil']) assert.ok(!names.has(name), name);
  });

  it('has a build context with all that its Dockerfile copies', async () => {
    const archive = join(release, `pegway-${manifest.version}-container.tar.gz`);
    const { stdout } = await run('tar', ['-tzf', archive], { maxBuffer: 16 * 1_024 ** 2 });
    const files = stdout.split('\n');
    const copied = [...readFileSync('ops/docker/Dockerfile', 'utf8').matchAll(/^COPY (?!--)(.*) \S+$/gm)].flatMap(
      ([, sources = '']) => sources.split(' '),
    );
    assert.ok(copied.length > 5);
    for (const source of ['ops/docker/Dockerfile', ...copied])
      assert.ok(files.includes(source) || files.includes(`${source}/`), source);
    assert.deepEqual(
      files.filter((file) => /^(test|app|docs)\//.test(file)),
      [],
    );
  });

  it('names the package to install for a devnet, AWS KMS or an HSM', async () => {
    const missing = [
      [['devnet', '--once'], '@foundry-rs/anvil'],
      [['keys', 'address', 'awskms:alias/attest?region=eu-central-1'], '@aws-sdk/client-kms'],
      [['keys', 'address', 'pkcs11:token=t;object=o?module-path=/none.so&pin-value=1'], 'pkcs11js'],
    ] as const;
    for (const [args, name] of missing) {
      const { code, stderr } = await failure(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, new RegExp(`${name}.* is not installed`));
      assert.match(stderr, new RegExp(`npm install ${name}`));
    }
  });

  it('exports the SDK and its types, beside a viem of the caller', async () => {
    await symlink(join(repository, 'node_modules', 'viem'), join(folder, 'node_modules', 'viem'));
    await writeFile(
      join(folder, 'use.mts'),
      `import { BaseError, createPublicClient } from 'viem';
       import { attestationDigest, encodeSignatures, encodeTransfers, jsonRpc, pegs } from 'pegway/sdk';
       const client = createPublicClient({ transport: jsonRpc('http://127.0.0.1:9') });
       const functions: ((...args: never[]) => unknown)[] = [attestationDigest, encodeSignatures, encodeTransfers, pegs];
       console.log(functions.map((each) => typeof each).join(' '));
       await client.getChainId().catch((error) => console.log(error instanceof BaseError));`,
    );
    const { stdout } = await run('node', ['use.mts'], { cwd: folder });
    assert.equal(stdout, 'function function function function\ntrue\n');

    const tsc = join(repository, 'node_modules', '.bin', 'tsc');
    const typeRoots = join(repository, 'node_modules', '@types');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck'];
    await run(tsc, [...options, '--types', 'node', '--typeRoots', typeRoots, 'use.mts'], { cwd: folder });
  });
});
