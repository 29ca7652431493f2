import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseAddress } from '../../protocol/address.ts';
import { PegwayError } from '../../protocol/errors.ts';

/** From EIP-55. */
const vectors = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
] as const;

describe('parseAddress', () => {
  it('accepts the vectors of EIP-55, and the same in lower or upper case', () => {
    for (const address of vectors) {
      const digits = address.slice(2);
      for (const text of [address, `0x${digits.toLowerCase()}`, `0x${digits.toUpperCase()}`]) {
        assert.equal(parseAddress(text), address);
      }
    }
  });

  it('accepts the prefix eth: and surrounding spaces, and refuses the prefix of another chain by name', () => {
    for (const address of vectors) {
      for (const text of [`eth:${address}`, `ETH:${address}`, ` ${address}\n`, `\teth:${address} `])
        assert.equal(parseAddress(text), address);
      assert.throws(() => parseAddress(`gno:${address}`), /expected an address without the chain prefix "gno:"/);
    }
  });

  it('refuses mixed case that is not the checksum, and names the checksum', () => {
    const [, , address] = vectors;
    const mistyped = address.replace('aA', 'Aa');
    assert.throws(
      () => parseAddress(mistyped),
      (error) =>
        error instanceof PegwayError &&
        error.exitCode === 2 &&
        error.message === `wrong EIP-55 checksum: expected ${address} if every digit is right, found "${mistyped}"` &&
        error.hint !== undefined,
    );
  });

  it('refuses a digit changed in a checksummed address', () => {
    assert.throws(() => parseAddress('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee'), /wrong EIP-55 checksum/);
  });

  it('refuses text of another form', () => {
    const [address] = vectors;
    for (const text of [
      '',
      '0x',
      '0x12',
      address.slice(2),
      `${address}0`,
      `eth: ${address}`,
      `0X${address.slice(2)}`,
    ]) {
      assert.throws(() => parseAddress(text), /expected an address: 0x and 40 hex digits, found "/);
    }
  });
});
