import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { pegway } from '../../support/cli.ts';

const script = async (shell: string): Promise<string> => {
  const { status, stdout, stderr } = await pegway('completion', shell);
  assert.equal(status, 0, stderr);
  return stdout;
};

/** The completions that bash itself computes for these words; the last one is being typed. */
async function completions(...words: readonly string[]): Promise<string[]> {
  const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _pegway
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-uc', `${await script('bash')}\n${ask}`], { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

describe('the completion of a shell', () => {
  it('completes commands, subcommands and options in bash', async () => {
    assert.deepEqual(await completions('pegway', 'dep'), ['deploy', 'deposit']);
    assert.deepEqual(await completions('pegway', 'governance', 's'), ['show', 'sign', 'submit']);
    assert.deepEqual(await completions('pegway', 'keys', 'new', '--password-'), ['--password-file', '--password-fd']);
    assert.deepEqual(await completions('pegway', 'deposit', 'BOAT', '--dry'), ['--dry-run']);
  });

  it('leaves everything else to the completion of files', async () => {
    assert.deepEqual(await completions('pegway', 'deploy', 'boat.j'), []);
    assert.match(await script('bash'), /complete -o default -F _pegway pegway/);
  });

  it('is printed for zsh and fish, and refused for another shell', async () => {
    assert.match(await script('zsh'), /bashcompinit[^]*_pegway\(\)/);
    assert.match(await script('fish'), /complete -c pegway -f -n '__fish_use_subcommand' -a deposit -d '/);
    assert.equal((await pegway('completion', 'csh')).status, 2);
    for (const [shell, flag] of [
      ['zsh', '-n'],
      ['fish', '--no-execute'],
    ] as const) {
      const { error, status, stderr } = spawnSync(shell, [flag], { input: await script(shell), encoding: 'utf8' });
      // Not installed: its syntax goes unchecked.
      if (error === undefined) assert.equal(status, 0, stderr);
    }
  });
});
