import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, describe, it } from 'node:test';

import { pegway } from '../../support/cli.ts';

const script = async (shell: string): Promise<string> => {
  const { status, stdout, stderr } = await pegway('completion', shell);
  assert.equal(status, 0, stderr);
  return stdout;
};

/** The completions that bash itself computes for these words; the last one is being typed. */
async function completionsWith(path: string, ...words: readonly string[]): Promise<string[]> {
  const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _pegway
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-uc', `${await script('bash')}\n${ask}`], {
    encoding: 'utf8',
    env: { ...process.env, PATH: [path, process.env['PATH']].join(delimiter) },
  });
  return output.split('\n').filter((line) => line !== '');
}

/** Without an installed command. */
const completions = (...words: readonly string[]): Promise<string[]> => completionsWith('/nonexistent', ...words);

describe('the completion of a shell', () => {
  it('completes commands, subcommands and options in bash', async () => {
    assert.deepEqual(await completions('pegway', 'dep'), ['deploy', 'deposit']);
    assert.deepEqual(await completions('pegway', 'governance', 's'), ['show', 'sign', 'submit']);
    assert.deepEqual(await completions('pegway', 'keys', 'new', '--password-'), ['--password-file', '--password-fd']);
    assert.deepEqual(await completions('pegway', 'deposit', 'BOAT', '--dry'), ['--dry-run']);
  });

  it('completes the values of an argument, and files after an option with a value', async () => {
    assert.deepEqual(await completions('pegway', 'completion', ''), ['bash', 'zsh', 'fish', '--help']);
    assert.deepEqual(await completions('pegway', 'deposit', '--key', ''), []);
  });

  it('completes the symbols of pegs, of the bridge that the words name', async () => {
    const words = ['pegway', 'deposit', '--config', 'page.json', 'BO'];
    const folder = mkdtempSync(join(tmpdir(), 'pegway-completion-'));
    try {
      // Stands for the installed command.
      const command = '#!/bin/sh\n[ "$*" = "pegs --symbols --config page.json" ] && echo BOAT && echo SHIP\n';
      writeFileSync(join(folder, 'pegway'), command, { mode: 0o755 });
      assert.deepEqual(await completionsWith(folder, ...words), ['BOAT']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves everything else to the completion of files', async () => {
    assert.deepEqual(await completions('pegway', 'deploy', 'boat.j'), []);
    assert.match(await script('bash'), /complete -o default -F _pegway pegway/);
  });

  it('is printed for zsh and fish, and refused for another shell', async () => {
    assert.match(await script('zsh'), /bashcompinit[^]*_pegway\(\)/);
    assert.match(await script('fish'), /complete -c pegway -f -n '__fish_use_subcommand' -a deposit -d '/);
    assert.equal((await pegway('completion', 'csh')).status, 2);
    const folder = mkdtempSync(join(tmpdir(), 'pegway-completion-'));
    after(() => rmSync(folder, { recursive: true }));
    for (const [shell, flag] of [
      ['zsh', '-n'],
      ['fish', '--no-execute'],
    ] as const) {
      const file = join(folder, shell);
      writeFileSync(file, await script(shell));
      const { error, status, stderr } = spawnSync(shell, [flag, file], { encoding: 'utf8' });
      // Not installed: its syntax goes unchecked.
      if (error === undefined) assert.equal(status, 0, stderr);
    }
  });
});
