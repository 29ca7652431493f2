// `node scripts/verify-release.ts DIRECTORY`: compiles the contracts of this checkout and builds its release again, and compares
// both byte by byte with the files of a published release. Run it in a fresh clone of the release's tag. Exit status 1 on any
// difference, each of which it names.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildRelease } from './packaging/build-release.ts';
import { checkSums, compareReleases } from './packaging/compare-releases.ts';

const {
  positionals: [published],
} = parseArgs({ allowPositionals: true });
if (published === undefined) {
  console.error(
    'pegway: usage: node scripts/verify-release.ts DIRECTORY, which holds SHA256SUMS and the files that it lists',
  );
  process.exit(2);
}

const found = checkSums(published);
console.error('pegway: compiling the contracts');
const compiled = spawnSync(process.execPath, ['scripts/generate-abi.ts', '--check'], { encoding: 'utf8' });
if (compiled.status !== 0) found.push(...`${compiled.stdout}${compiled.stderr}`.trim().split('\n'));

console.error('pegway: building the release');
const built = mkdtempSync(join(tmpdir(), 'pegway-verify-'));
try {
  buildRelease(built, execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim());
  const { differences, recompressed } = compareReleases(published, built);
  found.push(...differences);
  for (const name of recompressed)
    console.error(`pegway: ${name}: the same files in other compression; another Node or npm has packed it`);
} finally {
  rmSync(built, { recursive: true });
}

for (const difference of found) console.error(`✖ ${difference}`);
if (found.length > 0) process.exitCode = 1;
else console.error('pegway: contracts, package, SBOM and container context are what these sources give');
