// Builds the files of a release from a checkout. The same commit gives the same files: npm packs with fixed times, `git archive`
// takes those of the commit, and the SBOM has no time and no random number.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type Sbom, sbomOf } from './sbom.ts';

export const CHECKSUMS = 'SHA256SUMS';

/** The files that the Dockerfile copies, as listed beside it. */
const DOCKERFILE = 'ops/docker/Dockerfile';
const LARGEST_OUTPUT = 256 * 1_024 ** 2;

const run = (command: string, ...args: readonly string[]): Buffer =>
  execFileSync(command, args, { maxBuffer: LARGEST_OUTPUT, stdio: ['ignore', 'pipe', 'inherit'] });

/**
 * Builds package, SBOM, container build context and checksums.
 * @param directory Its former contents are deleted.
 * @param tree The commit with the files of the build context.
 * @returns The names of the files.
 */
export function buildRelease(directory: string, tree: string): string[] {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
  const folder = resolve(directory);
  const write = (name: string, contents: string | Uint8Array) => writeFileSync(join(folder, name), contents);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  // Runs the build before it packs.
  run('npm', 'pack', '--silent', '--pack-destination', folder);
  // npm refuses to list a tree in which a peer has another version than its package asks for, as vitepress brings one.
  const sbom = run('npm', 'sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--legacy-peer-deps');
  const licenses = ['dist/THIRD-PARTY-LICENSES', 'dist/app/THIRD-PARTY-LICENSES'].map((file) =>
    readFileSync(file, 'utf8'),
  );
  write(
    `pegway-${version}.cdx.json`,
    `${JSON.stringify(sbomOf(JSON.parse(sbom.toString()) as Sbom, licenses), undefined, 2)}\n`,
  );
  const context = run('git', 'archive', '--format=tar', tree, ...containerFiles(), DOCKERFILE);
  write(`pegway-${version}-container.tar.gz`, gzipSync(context, { level: 9 }));

  const names = readdirSync(folder).sort();
  write(CHECKSUMS, names.map((name) => `${sha256(join(folder, name))}  ${name}\n`).join(''));
  return [...names, CHECKSUMS];
}

/** In the list everything is ignored, with these exceptions. */
const containerFiles = (): string[] =>
  readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));

export const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
