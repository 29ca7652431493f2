// `npm run app:build`: builds the page as a static folder, dist/app. With --if-changed it builds only when its sources
// have changed, as a devnet does.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'vite';

import { thirdPartyLicenses } from './packaging/licenses.ts';

/** Size budget of the first view: everything the browser loads for it, after gzip. */
const BUDGET = 250_000;

const output = resolve('dist/app');
const stampFile = join(output, '.sources');

/** A digest that changes with any file the build reads. */
function sourcesStamp(): string {
  const files = globSync(['app/**/*', 'protocol/**/*.ts', 'sdk/*.ts'], { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of [...files.sort(), 'package-lock.json']) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

const stamp = sourcesStamp();
const isFresh = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
if (process.argv.includes('--if-changed') && isFresh) process.exit(0);

// Built in a temporary folder and renamed: two devnets may start together, and one may be serving the folder now.
const building = `${output}.${process.pid}`;
const written = await build({ configFile: 'app/vite.config.ts', logLevel: 'warn', build: { outDir: building } });
const chunks = [written].flat().flatMap((one) => ('output' in one ? one.output : []));
const modules = chunks.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
// Ids may be virtual, or have a query.
const bundled = modules.map((id) => id.replace(/[?#].*$/, '')).filter((id) => id.startsWith('/'));
writeFileSync(join(building, 'THIRD-PARTY-LICENSES'), thirdPartyLicenses(bundled));

const first = readFileSync(join(building, 'index.html'), 'utf8');
// Views that are loaded on demand are not named in it.
const named = [...first.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path = '']) => path);
const files = ['index.html', ...named].map((file) => join(building, file));
const weight = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
writeFileSync(join(building, '.sources'), stamp);

const old = `${output}.old.${process.pid}`;
mkdirSync(resolve('dist'), { recursive: true });
if (existsSync(output)) renameSync(output, old);
renameSync(building, output);
rmSync(old, { recursive: true, force: true });

const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;
console.error(`pegway: built dist/app, first view ${kilobytes(weight)} gzip of at most ${kilobytes(BUDGET)}`);
if (weight > BUDGET) process.exitCode = 1;
