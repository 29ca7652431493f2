// Run this after adding a package when `npm ci` fails with "Missing: … from lock file". A registry without a package's
// builds for other systems makes npm omit them from package-lock.json, and `npm ci` then rejects the file.
import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors: Record<string, string> = { amd64: 'x64', armv7: 'arm' };
const libraries: Record<string, string> = { gnu: 'glibc', musl: 'musl' };

/** Derives the platform of a package such as `name-linux-x64-musl` from its name. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> | undefined {
  const parts = name.split('/').at(-1)?.split('-') ?? [];
  const at = parts.findIndex((part) => systems.includes(part));
  const system = parts[at];
  const processor = parts[at + 1];
  if (system === undefined || processor === undefined) return undefined;
  const library = parts.map((part) => libraries[part]).find((known) => known !== undefined);
  return {
    os: [system],
    cpu: [processors[processor] ?? processor],
    ...(library !== undefined && system === 'linux' && { libc: [library] }),
  };
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> };
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    if (lock.packages[`node_modules/${name}`] !== undefined || platform === undefined) continue;
    if (!/^\d/.test(version)) throw new Error(`${name}: expected an exact version, found ${version}`);
    lock.packages[`node_modules/${name}`] = { version, ...(entry.dev && { dev: true }), optional: true, ...platform };
    console.log(`added ${name} ${version}`);
  }
}

const byName = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages: Object.fromEntries(byName) }, null, 2)}\n`);
