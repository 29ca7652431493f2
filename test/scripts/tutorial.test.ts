import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { describe, it } from 'node:test';

import { freePorts } from '../../cli/devnet/free-ports.ts';

const page = readFileSync('docs/tutorial.md', 'utf8');
const blocksOf = (text: string): string[] => [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
/** The shell blocks of the tutorial, in their order. */
const blocks = blocksOf(page);

/** In a terminal, as its reader: a command with a question would take the next line for the answer. */
const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** Runs a script in a process group of its own, so that nothing it started in the background outlives the test. */
async function runScript(
  file: string,
  script: string,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  // From a file: as an argument, its text would match the patterns of its own `pkill -f`.
  writeFileSync(file, `trap 'trap "" TERM; kill 0' EXIT\n${script}`);
  // `exec`, since the script's last `kill 0` would reach a shell between it and `script`, and be taken for its outcome.
  const [command = '', ...args] = hasTerminal
    ? ['script', '--quiet', '--return', '--command', `exec sh -eu ${file}`, '/dev/null']
    : ['sh', '-eu', file];
  const shell: ChildProcess = spawn(command, args, {
    detached: true,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  shell.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
  shell.stderr!.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    const [status] = (await once(shell, 'exit')) as [number | null];
    return { status, output };
  } finally {
    try {
      process.kill(-shell.pid!, 'SIGKILL');
    } catch {
      // The group is empty: the tutorial has stopped what it started.
    }
  }
}

/** Commands of Pegway and of the chains, not those of the shell. */
const COMMAND = /(?:^|[;(]|\bdo|\buntil)\s*(pegway|anvil|curl) /gm;

describe('the tutorial', () => {
  it('reaches a bridge with six relayers in at most twelve commands', () => {
    const untilUp = page.slice(0, page.indexOf('\n## 6. '));
    const typed = blocksOf(untilUp).flatMap((block) => block.match(COMMAND) ?? []);
    assert.ok(typed.length > 8 && typed.length <= 12, `${typed.length} commands`);
  });

  it('leads from nothing to a bridge with six signers, block by block', async () => {
    // Its ports may be taken on this machine, by a test beside this one or by a reader of the tutorial.
    const fixed = ['8545', '9545', ...[0, 1, 2, 3, 4, 5].flatMap((i) => [`730${i}`, `740${i}`])];
    const free = await freePorts(fixed.length);
    const folder = '.pegway/tutorial-test';
    const portOf = (name: string) => String(free[fixed.indexOf(name)]);
    const list = (name: string) => [0, 1, 2, 3, 4, 5].map((i) => portOf(`${name}${i}`)).join(' ');
    const script = blocks
      .join('\n')
      .replaceAll('.pegway/tutorial', folder)
      .replaceAll('pkill -f tutorial/', 'pkill -f tutorial-test/')
      .replaceAll(/\b(8545|9545)\b/g, portOf)
      .replaceAll(/127\.0\.0\.1:(730|740)\$([ij])/g, '127.0.0.1:$(port $1 $2)');
    const ports = `port() { set -- "$1" "$(($2 + 1))"; if [ "$1" = 730 ]; then echo ${list('730')}; else echo ${list('740')}; fi | cut -d' ' -f"$2"; }\n`;

    rmSync(folder, { recursive: true, force: true });
    mkdirSync('.pegway', { recursive: true });
    const { status, output } = await runScript('.pegway/tutorial.sh', `${ports}${script}`);
    assert.equal(status, 0, output);
    assert.match(output, /executed in block \d+: 3 BOAT for 0xf39F/, 'the deposit arrived');
    assert.match(output, /executed in block \d+: 0\.5 COIN for 0xf39F/, 'the redeem arrived');
    assert.match(output, /executed in block \d+: 2 BOAT for 0xf39F/, 'the deposit arrived with four signers');
    assert.match(output, /every product token is backed/);
  });
});
