import { execFileSync } from 'node:child_process';

/** Processes of this machine with a path in this folder among their arguments. */
export const processesOf = (directory: string): string[] =>
  execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(directory));
