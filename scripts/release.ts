// `npm run release`: builds package, SBOM, container build context and checksums into release/. Refuses uncommitted changes, since
// a release is built from a commit; `--uncommitted` allows them, for a trial.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildRelease } from './packaging/build-release.ts';

const { values } = parseArgs({
  options: { into: { type: 'string', default: 'release' }, uncommitted: { type: 'boolean', default: false } },
});
const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();

const changes = git('status', '--porcelain');
if (changes !== '' && !values.uncommitted) {
  console.error(`pegway: a release is built from a commit; these files differ from it:\n${changes}`);
  process.exit(2);
}
// A commit of the tracked changes, without a branch.
const tree = (changes === '' ? '' : git('stash', 'create')) || git('rev-parse', 'HEAD');
const names = buildRelease(values.into, tree);
for (const name of names) {
  const size = statSync(join(values.into, name)).size;
  console.error(`${(size / 1_000).toFixed(0).padStart(8)} kB  ${join(values.into, name)}`);
}
console.error(`pegway: built the release of ${tree}`);
