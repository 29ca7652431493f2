import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isOpenToOthers } from '../../../relayer/keys/secret-file.ts';

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

  it('is not handed over by another user’s group right', () => {
    assert.equal(isOpenToOthers({ mode: 0o440, uid: 1_000 }, relayer), true);
  });
});
