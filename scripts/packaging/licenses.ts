// Collects the licences of bundled packages: most licences require that their text accompanies every copy.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The texts of its licence files. */
  readonly texts: readonly string[];
}

/** @throws {Error} when a package names no licence. Some name one without its text; then the name is all there is. */
export function thirdPartyLicenses(modules: Iterable<string>): string {
  const folders = new Set([...modules].filter((file) => file.includes('/node_modules/')).map(packageFolder));
  const packages = [...folders].map(readPackage).sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
  // A package may be installed twice in the same version.
  const parts = new Set(
    packages.map(({ name, version, license, texts }) => [`${name} ${version} (${license})`, ...texts].join('\n\n')),
  );
  return `Code of these packages is part of the files beside this one.\n\n${[...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

function packageFolder(file: string): string {
  for (let folder = dirname(file); folder !== '/'; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    // Folders inside a package may have a manifest with nothing but "type".
    if (existsSync(manifest) && 'version' in (JSON.parse(readFileSync(manifest, 'utf8')) as object)) return folder;
  }
  throw new Error(`${file} belongs to no package`);
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as BundledPackage;
  if (typeof license !== 'string') throw new Error(`${name} ${version} names no licence`);
  const files = globSync('{LICEN[CS]E,licen[cs]e,License}{,.md,.txt,-MIT}', { cwd: folder });
  const texts = [...new Set(files.sort())].map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return { name, version, license, texts };
}
