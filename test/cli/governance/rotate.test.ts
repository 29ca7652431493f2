import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseRotation, requireRemovable, rotated } from '../../../cli/governance/rotate.ts';
import { holder, keys, mainToken } from '../../relayer/support.ts';

const signers = keys.map(({ address }) => address);
const before = { signers, threshold: 4 };
const [first, second, third] = signers as [`0x${string}`, `0x${string}`, `0x${string}`];

describe('A rotation', () => {
  it('is refused when it names nobody, somebody twice, or who is not there', () => {
    assert.throws(() => parseRotation({}), /nothing is to change/);
    assert.throws(() => parseRotation({ replace: [first] }), /--replace: expected OLD=NEW/);
    assert.throws(() => parseRotation({ add: ['0x1'] }), /--add: expected an address/);
    const mistyped = '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    assert.throws(() => parseRotation({ add: [mistyped] }), /--add: wrong EIP-55 checksum: expected 0x5aA/);
    assert.throws(() => parseRotation({ remove: [mistyped] }), /--remove: wrong EIP-55 checksum/);
    assert.throws(() => parseRotation({ threshold: 'all' }), /--threshold: expected a number/);
    const other = { signers: signers.slice(1), threshold: 4 };
    const unknown = parseRotation({ remove: [first, holder] });
    assert.throws(() => requireRemovable([before, other], unknown), /--remove: 0xE5\w+ is not a signer/i);
    const twice = parseRotation({ replace: [`${holder}=${mainToken}`] });
    assert.throws(() => rotated(before, twice), /--replace: 0xE5\w+ is not a signer/i);
    assert.throws(
      () => rotated(before, parseRotation({ replace: [`${first}=${second}`] })),
      /0x\w+ would be a signer twice/,
    );
  });

  it('is refused when half or fewer could sign, or more than there are', () => {
    for (const threshold of ['0', '3', '7']) {
      assert.throws(
        () => rotated(before, parseRotation({ threshold })),
        /\d of 6 signers cannot be: more than half must sign/,
      );
    }
    assert.throws(() => rotated(before, parseRotation({ remove: [first, second, third] })), /4 of 3 signers cannot be/);
  });

  it('puts who is new at the place of who goes, so that the others keep theirs', () => {
    const rotation = parseRotation({ replace: [`${second}=${holder}`], threshold: '5' });
    assert.deepEqual(rotated(before, rotation), {
      signers: [first, holder, ...signers.slice(2)],
      threshold: 5,
    });
  });

  it('leaves a bridge alone that has changed already', () => {
    const rotation = parseRotation({ replace: [`${second}=${holder}`], add: [mainToken], threshold: '5' });
    const done = rotated(before, rotation);
    assert.deepEqual(rotated(done, rotation), done);
  });

  it('takes a signer away from the one bridge that still has it, and leaves the other alone', () => {
    const rotation = parseRotation({ remove: [second], threshold: '3' });
    const done = rotated(before, rotation);
    assert.deepEqual(done, { signers: signers.filter((signer) => signer !== second), threshold: 3 });
    assert.deepEqual(rotated(done, rotation), done);
    requireRemovable([before, done], rotation);
    assert.throws(() => requireRemovable([done, done], rotation), /is not a signer/);
  });
});
