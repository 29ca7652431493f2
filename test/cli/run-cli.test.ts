import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { pegway } from '../support/cli.ts';

describe('pegway', () => {
  it('lists every command in its help and exits 0', async () => {
    const { status, stdout, stderr } = await pegway('--help');
    assert.equal(status, 0);
    assert.equal(stderr, '');
    for (const command of [
      'devnet',
      'deploy',
      'relayer',
      'deposit',
      'redeem',
      'governance',
      'doctor',
      'keys',
      'bench',
    ]) {
      assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
    }
  });

  it('prints the help of every command, in plain English and within 80 columns', async () => {
    const open: string[][] = [[]];
    const seen: string[] = [];
    for (let words = open.shift(); words !== undefined; words = open.shift()) {
      const { status, stdout, stderr } = await pegway(...words, '--help');
      assert.deepEqual([status, stderr], [0, ''], words.join(' '));
      assert.doesNotMatch(
        stdout,
        /\b(tells?|says?|who|nobody|anybody|what (is|was|are)|is gone|asked for)\b/i,
        words.join(' '),
      );
      // Examples are for copying, and are not wrapped.
      const wide = stdout
        .split('\nExample')[0]
        ?.split('\n')
        .filter(({ length }) => length > 80);
      assert.deepEqual(wide, [], words.join(' '));
      seen.push(words.join(' '));
      const commands =
        stdout
          .split('Commands:\n')[1]
          ?.split('\n\n')[0]
          ?.matchAll(/^ {2}([\w-]+)/gm) ?? [];
      for (const [, name = ''] of commands) if (name !== 'help') open.push([...words, name]);
    }
    for (const one of ['holders', 'keys new', 'governance propose', 'journal accept'])
      assert.ok(seen.includes(one), one);
  });

  it('returns 2 for wrong use, at every depth, without ending the process', async () => {
    for (const words of [
      ['mint'],
      ['deposit'],
      ['status', '--apis', 'http://127.0.0.1:1'],
      ['governance', 'vote'],
      ['governance', 'propose'],
      ['keys', 'new', '--pin'],
    ]) {
      const { status, stdout, stderr } = await pegway(...words);
      assert.equal(status, 2, words.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, /^error: .*\n(\(Did you mean .*\)\n)? {2}→ see --help\n$/, words.join(' '));
    }
  });

  it('returns the status of each call, not that of an earlier one', async () => {
    const [refused, version] = await Promise.all([pegway('mint'), pegway('--version')]);
    assert.deepEqual([refused.status, version.status], [2, 0]);
  });
});
