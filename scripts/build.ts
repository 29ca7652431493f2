// Builds the npm package into dist/: the bundled command line and SDK, the SDK's types, and the page. With --code-only,
// for the image of a relayer, it leaves out the types and the page.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { type Manifest, bundle } from './packaging/bundle.ts';
import { thirdPartyLicenses } from './packaging/licenses.ts';

const isCodeOnly = process.argv.includes('--code-only');
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

rmSync('dist', { recursive: true, force: true });
const modules = await bundle(manifest);
writeFileSync('dist/THIRD-PARTY-LICENSES', thirdPartyLicenses(modules));
if (!isCodeOnly) {
  try {
    execFileSync('node_modules/.bin/tsc', ['--project', 'tsconfig.build.json'], { stdio: 'inherit' });
    // The package contains the page: an installed devnet serves it, and any web server can.
    execFileSync(process.execPath, ['scripts/build-app.ts'], { stdio: 'inherit' });
  } catch {
    // The child process has printed its errors.
    process.exit(1);
  }
}

// Check that everything package.json promises exists: npm silently packs a package with a missing entry.
const commands = Object.values(manifest.bin);
const published = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === 'string' ? entry : Object.values(entry),
);
const promised = [...commands, ...published].filter((file) => !isCodeOnly || !file.endsWith('.d.ts'));
const missing = promised.filter((file) => !existsSync(file));
const withoutShebang = commands.filter((file) => existsSync(file) && !readFileSync(file, 'utf8').startsWith('#!'));

for (const file of missing) console.error(`package.json refers to ${file}, which the build did not create.`);
for (const file of withoutShebang) console.error(`${file} is a command, but does not begin with #!/usr/bin/env node.`);
if (missing.length + withoutShebang.length > 0) process.exitCode = 1;
else console.error('pegway: built dist/');
