import { spawnSync } from 'node:child_process';

/**
 * As if the disk were full for one process: the system refuses every write past a file's first byte, whoever the user is. Does
 * nothing when the process has ended.
 */
export function limitFiles(pid: number, disk: 'full' | 'room'): void {
  const size = disk === 'full' ? '1' : 'unlimited';
  spawnSync('prlimit', ['--pid', String(pid), `--fsize=${size}:unlimited`]);
}
