import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { createSecretFile, isOpenToOthers, replaceSecretFile } from '../../../relayer/keys/secret-file.ts';

const root = 0;
const relayer = 10_001;

describe('a file that holds a secret', () => {
  it('is open to others when group or world have any right to it', () => {
    for (const mode of [0o640, 0o660, 0o604, 0o602, 0o601, 0o610]) {
      assert.equal(isOpenToOthers({ mode, uid: relayer }, relayer), true, mode.toString(8));
      assert.equal(isOpenToOthers({ mode, uid: root }, root), true, mode.toString(8));
    }
    assert.equal(isOpenToOthers({ mode: 0o100600, uid: relayer }, relayer), false);
  });

  it('may be handed over by root to the group of the relayer, to be read and no more', () => {
    assert.equal(isOpenToOthers({ mode: 0o100440, uid: root }, relayer), false);
    for (const mode of [0o460, 0o450, 0o444, 0o441]) {
      assert.equal(isOpenToOthers({ mode, uid: root }, relayer), true, mode.toString(8));
    }
  });

  it('stays its owner’s when it is replaced, also by root', (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'pegway-secret-'));
    test.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'key.json');
    createSecretFile(path, 'old', 'keystore');
    // Only root can change a file's owner; for other users the file stays their own.
    if (process.getuid?.() === root) chownSync(path, relayer, relayer);
    const { uid, gid } = statSync(path);
    replaceSecretFile(path, 'new', 'keystore');
    const now = statSync(path);
    assert.deepEqual([now.uid, now.gid, now.mode & 0o777], [uid, gid, 0o600]);
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.deepEqual(readdirSync(folder), ['key.json']);
  });

  it('is refused in a folder that does not exist', () => {
    const path = join(tmpdir(), 'pegway-no-such-folder', 'key.json');
    assert.throws(
      () => createSecretFile(path, 'x', 'keystore'),
      /cannot write the keystore .*: its folder does not exist/,
    );
  });

  it('is not handed over by another user’s group right', () => {
    assert.equal(isOpenToOthers({ mode: 0o440, uid: 1_000 }, relayer), true);
  });
});
