// go-ethereum for the client suites, built from the Go module proxy into .tools/clients. Nothing is installed outside
// .tools/, apart from Go's own caches.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { resolve } from 'node:path';

export const GETH_VERSION = '1.17.10';

const folder = resolve('.tools/clients');

/** Path of the binary that `installGeth` provides. */
export const gethPath = resolve(folder, `geth-${GETH_VERSION}`);

/** Go 1.24 or newer: older ones refuse the module. */
function goProblem(): string | undefined {
  const { stdout, status } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  if (status !== 0) return 'requires Go 1.24 or newer';
  const [, major = '0', minor = '0'] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const isNewEnough = Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 24);
  return isNewEnough ? undefined : `requires Go 1.24 or newer, found ${stdout.trim()}`;
}

/** Builds geth unless it is there, in three to six minutes. Returns why it cannot be used, or undefined. */
export function installGeth(): string | undefined {
  if (existsSync(gethPath)) return undefined;
  const problem = goProblem();
  if (problem !== undefined) return problem;

  console.error(`pegway: building geth ${GETH_VERSION} into .tools/clients`);
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync(
    'go',
    ['install', '-trimpath', `github.com/ethereum/go-ethereum/cmd/geth@v${GETH_VERSION}`],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, GOBIN: folder } },
  );
  if (status !== 0) return `go cannot build geth ${GETH_VERSION} (no access to a module proxy?)`;
  renameSync(resolve(folder, 'geth'), gethPath);
  return undefined;
}
