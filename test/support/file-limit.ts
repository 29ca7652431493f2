import { spawnSync } from 'node:child_process';

/**
 * Simulates a full disk for one process: the system refuses every write past a file's first byte, whatever the user. No
 * effect once the process has ended.
 */
export function limitFiles(pid: number, disk: 'full' | 'room'): void {
  const size = disk === 'full' ? '1' : 'unlimited';
  spawnSync('prlimit', ['--pid', String(pid), `--fsize=${size}:unlimited`]);
}
