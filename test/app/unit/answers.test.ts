import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { parsePegHistory, parseReport, parseStatus, parseTransfers } from '../../../app/api/answers.ts';
import { plain } from '../../../app/chain/token-calls.ts';

const script = '<script>alert(1)</script>';
const hash = `0x${'ab'.repeat(32)}`;
const token = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

describe('answers of relayers', () => {
  it('of any shape are taken without an error', () => {
    fc.assert(
      fc.property(fc.anything(), (answer) => {
        parseStatus(answer);
        parseReport(answer);
        parseTransfers(answer);
        parsePegHistory(answer);
      }),
    );
  });

  it('give known fields in known forms and nothing else', () => {
    const nothing = { reason: undefined, signed: undefined, block: undefined, executedTransaction: undefined };
    const lie = { status: 'executed', reason: script, signed: 'true', blockNumber: -1, executedTransaction: script };
    assert.deepEqual(parseReport(lie), nothing);
    assert.equal(parseStatus({ address: script }), undefined);
    assert.deepEqual(parsePegHistory({ points: [{ at: 1, locked: script, supply: '1' }] }).points, []);
  });

  it('name transfers, and say where to look: a half-named one is left out', () => {
    const named = { direction: 'mint', productToken: token.toLowerCase(), nonce: '7', transactionHash: hash };
    const wrong = [
      { ...named, direction: script },
      { ...named, nonce: '1e3' },
      { ...named, transactionHash: '0x' },
    ];
    const { hints, cursor } = parseTransfers({ transfers: [named, ...wrong, null], cursor: script });
    assert.deepEqual(hints, [{ direction: 'mint', productToken: token, nonce: 7n, transactionHash: hash }]);
    assert.equal(cursor, undefined);
  });

  it('are cut off at what a page can use', () => {
    const points = Array.from({ length: 5_000 }, (_, at) => ({ at, locked: '1', supply: '1' }));
    assert.equal(parsePegHistory({ points }).points.length, 1_000);
  });
});

describe('names of tokens', () => {
  it('are bounded, in one line, and turn nothing around them', () => {
    assert.equal(plain('BOAT\u202e\u0000\n', 16), 'BOAT');
    assert.equal(plain('x'.repeat(10_000), 16), 'x'.repeat(16));
    assert.equal(plain('\u200b', 16), '?');
  });
});
