// Builds the npm package: JavaScript and types of the relayer, the command line and the SDK, into dist/.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
}

rmSync('dist', { recursive: true, force: true });
try {
  execFileSync('tsc', ['--project', 'tsconfig.build.json'], { stdio: 'inherit' });
  // The package contains the page: an installed devnet serves it, and any web server can.
  execFileSync(process.execPath, ['scripts/build-app.ts'], { stdio: 'inherit' });
} catch {
  // The compiler has printed the errors.
  process.exit(1);
}

// Check that everything package.json promises exists: npm silently packs a package with a missing entry.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const commands = Object.values(manifest.bin);
const modules = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === 'string' ? entry : Object.values(entry),
);
const missing = [...commands, ...modules].filter((file) => !existsSync(file));
const withoutShebang = commands.filter((file) => existsSync(file) && !readFileSync(file, 'utf8').startsWith('#!'));

for (const file of missing) console.error(`package.json refers to ${file}, which the build did not create.`);
for (const file of withoutShebang) console.error(`${file} is a command, but does not begin with #!/usr/bin/env node.`);
if (missing.length + withoutShebang.length > 0) process.exitCode = 1;
else console.error('pegway: built dist/');
