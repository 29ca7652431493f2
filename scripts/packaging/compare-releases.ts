import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHECKSUMS, sha256 } from './build-release.ts';

/** What differs between a published release and one that was built here. */
export interface Comparison {
  /** Each names a file, for archives also the file within. */
  readonly differences: readonly string[];
  /** Archives of the same files in other compression: another Node or npm packed them. */
  readonly recompressed: readonly string[];
}

/** Files that do not have the checksum that their release lists, and files that it does not list. */
export function checkSums(directory: string): string[] {
  const lines = readFileSync(join(directory, CHECKSUMS), 'utf8').trimEnd().split('\n');
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  return [
    ...[...sums].flatMap(([name, sum]) => {
      const file = join(directory, name);
      if (!existsSync(file)) return [`${name}: is missing, but ${CHECKSUMS} lists it`];
      return sha256(file) === sum ? [] : [`${name}: its SHA-256 is not the one in ${CHECKSUMS}`];
    }),
    ...filesIn(directory)
      .filter((name) => name !== CHECKSUMS && !sums.has(name))
      .map((name) => `${name}: ${CHECKSUMS} does not list it`),
  ];
}

/** Compares two releases byte by byte, archives by their contents. */
export function compareReleases(published: string, built: string): Comparison {
  const differences: string[] = [];
  const recompressed: string[] = [];
  for (const name of unionOf(filesIn(published), filesIn(built))) {
    const [one, other] = [join(published, name), join(built, name)];
    // It follows from the others.
    if (name === CHECKSUMS || areEqual(one, other)) continue;
    const found = existsSync(one) && existsSync(other) && /\.(tgz|tar\.gz)$/.test(name);
    const within = found ? compareArchives(one, other) : undefined;
    if (within === undefined) differences.push(`${name}: ${whyOf(one, other)}`);
    else if (within.length === 0) recompressed.push(name);
    else differences.push(...within.map((one) => `${name}: ${one}`));
  }
  return { differences, recompressed };
}

function compareArchives(published: string, built: string): string[] {
  const folders = [published, built].map((archive) => {
    const folder = mkdtempSync(join(tmpdir(), 'pegway-release-'));
    execFileSync('tar', ['-xzf', archive, '-C', folder]);
    return folder;
  });
  const [one = '', other = ''] = folders;
  try {
    return unionOf(filesIn(one), filesIn(other))
      .filter((file) => !areEqual(join(one, file), join(other, file)))
      .map((file) => `${file} ${whyOf(join(one, file), join(other, file))}`);
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

function whyOf(published: string, built: string): string {
  if (!existsSync(published)) return 'is not in the release, but built from these sources';
  if (!existsSync(built)) return 'is in the release, but not built from these sources';
  return isExecutable(published) === isExecutable(built) ? 'differs' : 'differs in its execute permission';
}

const isExecutable = (file: string): boolean => (statSync(file).mode & 0o111) !== 0;

const areEqual = (one: string, other: string): boolean =>
  existsSync(one) &&
  existsSync(other) &&
  isExecutable(one) === isExecutable(other) &&
  readFileSync(one).equals(readFileSync(other));

const filesIn = (directory: string): string[] =>
  globSync('**/{*,.*}', { cwd: directory, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));

const unionOf = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])].sort();
