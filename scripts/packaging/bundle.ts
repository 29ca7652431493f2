// Bundles the command line, the relayer and the SDK into one folder, so that an installed package loads a few files of its own instead
// of some hundred packages, and runs no install script.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type OutputChunk, rolldown } from 'rolldown';

export interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/**
 * Native accelerators of bundled packages (msgpackr): they load them where they are installed, and work without.
 */
const OPTIONAL_NATIVE = ['msgpackr-extract'];

/** Matches these packages and their subpaths. */
const anyOf =
  (packages: readonly string[]) =>
  (id: string): boolean =>
    packages.some((name) => id === name || id.startsWith(`${name}/`));

/**
 * @param dir Inside the checkout: its node_modules has the packages that are not bundled.
 * @returns Absolute paths of the bundled modules.
 */
export async function bundle(manifest: Manifest, dir = 'dist'): Promise<Set<string>> {
  const { viem, ...optional } = manifest.peerDependencies;
  if (viem === undefined) throw new Error('viem is not a peer dependency: the SDK shares it with its caller');
  const outside = [...Object.keys({ ...manifest.dependencies, ...optional }), ...OPTIONAL_NATIVE];

  const cli = await write({
    dir,
    // The relayer's queue server is a process of its own.
    input: existing({ 'cli/pegway': 'cli/entry.ts' }),
    external: anyOf(outside),
    // Two levels below dist/, as cli/devnet/ is below the checkout: files are found relative to `import.meta.url`.
    chunkFileNames: 'cli/chunks/[name]-[hash].js',
  });
  // The program of a worker thread, alone in its file: a thread must not load code that it shares with the command line.
  const worker = await write({
    dir,
    input: { 'relayer/callers/recovery-worker': 'relayer/callers/recovery-worker.ts' },
    external: anyOf(outside),
  });
  // viem stays outside: an error or an account of the caller's own viem must be recognized by the SDK.
  const sdk = await write({ dir, input: { 'sdk/index': 'sdk/index.ts' }, external: anyOf([...outside, 'viem']) });
  return new Set([...cli, ...worker, ...sdk].flatMap(({ moduleIds }) => moduleIds));
}

async function write(options: {
  readonly dir: string;
  readonly input: Readonly<Record<string, string>>;
  readonly external: (id: string) => boolean;
  readonly chunkFileNames?: string;
}): Promise<OutputChunk[]> {
  const { dir, input, external, chunkFileNames = '[name]-[hash].js' } = options;
  await using build = await rolldown({
    input,
    external,
    platform: 'node',
    onLog: (level, log, report) => {
      // Generated code of zod and ajv, which are known to use it.
      if (log.code === 'EVAL') return;
      if (level === 'warn') throw new Error(`rolldown: ${log.message}`);
      report(level, log);
    },
  });
  const { output: written } = await build.write({
    ...{ dir, format: 'esm', entryFileNames: '[name].js', chunkFileNames },
    // Not minified: a stack trace names functions and, with `--enable-source-maps`, the lines of the sources.
    ...{ sourcemap: true, sourcemapExcludeSources: true, comments: { legal: false, jsdoc: false } },
  });
  const chunks = written.filter((file) => file.type === 'chunk');
  for (const { fileName, code } of chunks) writeFileSync(join(dir, fileName), inAscii(code));
  return chunks;
}

/**
 * Escapes every other character: V8 keeps the source of a module in memory, and with a single arrow in a message at two bytes a
 * character, which is 5 MB of each relayer.
 */
const inAscii = (code: string): string =>
  code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const existing = (entries: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file)));
