import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseQuery, pegOf } from '../../../cli/explain/parse-query.ts';
import { PegwayError } from '../../../protocol/errors.ts';

const token = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

describe('parseQuery', () => {
  it('reads a transaction, or a direction with product token and nonce', () => {
    const hash = `0x${'12'.repeat(32)}` as const;
    assert.deepEqual(parseQuery([hash]), { kind: 'transaction', hash });
    assert.deepEqual(parseQuery(['mint', 'BOAT', '12']), { kind: 'nonce', direction: 'mint', peg: 'BOAT', nonce: 12n });
  });

  it('refuses anything else with exit code 2', () => {
    for (const words of [[], ['0x12'], ['mint', 'BOAT'], ['burn', 'BOAT', '1'], ['mint', 'BOAT', '-1']]) {
      assert.throws(
        () => parseQuery(words),
        (error) => error instanceof PegwayError && error.exitCode === 2,
      );
    }
  });
});

describe('pegOf', () => {
  const symbols = new Map([[token, 'BOAT']] as const);

  it('finds a peg by symbol, or by address in one case or with its checksum', () => {
    for (const peg of ['BOAT', token, token.toLowerCase()]) assert.equal(pegOf(peg, symbols), token);
  });

  it('refuses an address with a wrong checksum', () => {
    assert.throws(() => pegOf(token.replace('aA', 'AA'), symbols), /PRODUCT_TOKEN: wrong EIP-55 checksum/);
  });
});
