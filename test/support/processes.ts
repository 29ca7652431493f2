import { execFileSync } from 'node:child_process';

/** What runs on this machine with a path in this folder among its arguments. */
export const processesOf = (directory: string): string[] =>
  execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(directory));
