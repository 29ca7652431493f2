import { execFileSync } from 'node:child_process';

/** A Node of this machine that is too old for Pegway; undefined where there is none. */
export const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].map(probe).find((found) => found !== undefined);

function probe(path: string): { readonly path: string; readonly version: string } | undefined {
  try {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    return Number.parseInt(version, 10) < 24 ? { path, version } : undefined;
  } catch {
    return undefined;
  }
}
