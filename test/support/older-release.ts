// The relayer of an earlier commit, from this repository's own history.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type Child, watchChild } from '../../cli/devnet/child.ts';
import { type FleetMember, nameOfMember } from '../../cli/devnet/devnet-fleet.ts';

/**
 * The last commit with the wire format before several bridges: relayers have no `/v1/bridges`, no anchors, and take no operators'
 * names. Every later change of the wire adds to it. Another commit, such as a release's tag: PEGWAY_OLD_RELEASE.
 */
export const OLD_RELEASE = process.env['PEGWAY_OLD_RELEASE'] ?? '0ad8156';

/** Why the commit cannot be used; undefined where it can. */
export function missingHistory(): string | undefined {
  const { status } = spawnSync('git', ['cat-file', '-e', `${OLD_RELEASE}^{commit}`], { stdio: 'ignore' });
  return status === 0 ? undefined : `the commit ${OLD_RELEASE} is not in this clone: git fetch --unshallow`;
}

/** Extracts the commit's sources once, beside the packages of this checkout. @returns their folder. */
export function extractOldRelease(): string {
  const commit = execFileSync('git', ['rev-parse', OLD_RELEASE], { encoding: 'utf8' }).trim();
  const folder = resolve('.tools/releases', commit);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const archive = execFileSync('git', ['archive', commit], { maxBuffer: 256 * 1_024 ** 2 });
  execFileSync('tar', ['--extract', '--directory', partial], { input: archive });
  symlinkSync(resolve('node_modules'), join(partial, 'node_modules'));
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another test has extracted it meanwhile.
    rmSync(partial, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Removes the fields of a configuration that the older release does not know. */
export function configureOld({ configFile }: FleetMember): void {
  const config = JSON.parse(readFileSync(configFile, 'utf8')) as { peers: { name?: string }[] };
  for (const peer of config.peers) delete peer.name;
  writeFileSync(configFile, JSON.stringify(config));
}

/** Starts a signer's relayer of the older release. */
export function startOldMember({ index, configFile, apiUrl }: FleetMember, folder: string): Child {
  const child = spawn(process.execPath, [join(folder, 'cli/pegway.ts'), 'relayer', '--config', configFile], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watched = watchChild(`${nameOfMember(index)} (${OLD_RELEASE})`, child, join(configFile, '..', 'relayer.log'));
  // It has no /v1/bridges, by which later relayers are ready.
  const isReady = async () => (await fetch(`${apiUrl}/v1/status`, { signal: AbortSignal.timeout(2_000) })).ok;
  return { ...watched, until: (_ready, seconds) => watched.until(isReady, seconds) };
}
