import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Takes a lock file for this process; one that a dead process left is taken over.
 * @param refuse The error when a live process holds it.
 * @returns What gives it back.
 */
export function takeLock(file: string, refuse: (pid: number) => Error): () => void {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(file, 'utf8'));
    if (isAlive(pid)) throw refuse(pid);
    rmSync(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid > 0;
  } catch {
    return false;
  }
}
