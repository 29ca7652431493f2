import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Manifest } from '../../scripts/packaging/bundle.ts';

const FOLDER = '.tools/bundles';
/** Mutants of chaos share the folder with their checkout: another run may use a bundle of other sources. */
const KEPT = 6;

/**
 * The bundled command line, built when its sources differ from those of every bundle: a relayer starts from it in half of the
 * processor time that it takes from sources.
 *
 * @returns Absolute path of a program for Node.
 */
export async function bundledProgram(): Promise<string> {
  const folder = join(FOLDER, checksumOfSources());
  if (!existsSync(folder)) await build(folder);
  return resolve(folder, 'cli/pegway.js');
}

/** Of everything that a bundle in the checkout `root` is built from: names and contents. */
export function checksumOfSources(root = '.'): string {
  const hash = createHash('sha256').update(process.version);
  const patterns = ['{protocol,relayer,sdk,cli}/**/*.{ts,json}', 'scripts/packaging/*.ts', 'package*.json'];
  for (const file of globSync(patterns, { cwd: root }).sort())
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 32);
}

/** Test files that run at once may build the same bundle: each builds its own, and the first to finish is used. */
async function build(folder: string): Promise<void> {
  const { bundle } = await import('../../scripts/packaging/bundle.ts');
  const own = join(FOLDER, `building-${randomUUID()}`);
  await bundle(JSON.parse(readFileSync('package.json', 'utf8')) as Manifest, own);
  try {
    renameSync(own, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(own, { recursive: true });
  }
  const builtAt = (name: string): number => statSync(join(FOLDER, name)).mtimeMs;
  const oldest = readdirSync(FOLDER).sort((a, b) => builtAt(b) - builtAt(a));
  for (const name of oldest.slice(KEPT)) rmSync(join(FOLDER, name), { recursive: true, force: true });
}
