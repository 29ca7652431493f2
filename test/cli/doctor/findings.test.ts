import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { zeroAddress } from 'viem';

import type { BridgeState } from '../../../relayer/chain/bridge-contract.ts';
import { gasCapOf, gasLimitOf, rateOf, sameSigners, thresholdOf } from '../../../cli/doctor/bridge-findings.ts';
import { look, ok } from '../../../cli/doctor/finding.ts';
import { finalState } from '../../../cli/doctor/node-findings.ts';
import { measureLogRange } from '../../../cli/doctor/measure-log-range.ts';
import { COIN, type Peg } from '../../../protocol/peg.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import { keys, mainToken, peg } from '../../relayer/support.ts';

const signers = keys.map(({ address }) => address);

describe('the range that a node answers eth_getLogs for', () => {
  const measure = async (limit: bigint, configured = 2_000n, chain = 1_000_000n) => {
    let asked = 0;
    const range = await measureLogRange(
      (blocks) => {
        asked++;
        assert.ok(blocks >= 1n && blocks <= chain, `asked for ${blocks} blocks`);
        return Promise.resolve(blocks <= limit);
      },
      configured,
      chain,
    );
    return { ...range, asked };
  };

  it('is found to the block, above and below what is configured', async () => {
    for (const limit of [1n, 2n, 30n, 1_999n, 2_000n, 2_001n, 10_000n, 100_000n]) {
      const { largest, limited } = await measure(limit);
      assert.deepEqual({ largest, limited }, { largest: limit, limited: true }, `${limit}`);
    }
  });

  it('is at least all of a short chain, and no more than anybody needs is asked for', async () => {
    assert.deepEqual(await measure(1_000_000n, 2_000n, 50n), { largest: 50n, limited: false, asked: 1 });
    const { largest, limited, asked } = await measure(1_000_000_000n, 2_000n, 10_000_000n);
    assert.deepEqual({ largest, limited }, { largest: 131_072n, limited: false });
    assert.ok(asked < 10);
  });

  it('is none at a node that serves no logs', async () => {
    assert.deepEqual({ ...(await measure(0n)), asked: 0 }, { largest: 0n, limited: true, asked: 0 });
  });
});

describe('state at the final block', () => {
  const hash = `0x${'ab'.repeat(32)}` as const;
  const refusing = (isRefused: (at: unknown) => boolean) => ({
    request: <T>(_method: string, [, at]: readonly unknown[]): Promise<T> =>
      isRefused(at)
        ? Promise.reject(new Error('invalid argument 1: hex string expected'))
        : Promise.resolve('0x60' as T),
  });

  it('is read by the hash of the block, as relayers read it', async () => {
    const byHash = refusing((at) => (at as { blockHash?: string }).blockHash !== hash);
    assert.equal((await finalState(byHash, mainToken, { hash })).outcome, 'ok');
  });

  it('is missing at a node that names blocks by height alone', async () => {
    const { outcome, found, hint } = await finalState(
      refusing((at) => typeof at === 'object'),
      mainToken,
      { hash },
    );
    assert.deepEqual([outcome, found], ['bad', 'invalid argument 1: hex string expected']);
    assert.match(hint ?? '', /EIP-1898/);
  });
});

describe('a gas cap', () => {
  it('must leave room for what the token takes today and the growth of a new balance', () => {
    const capOf = (measured: bigint) => gasCapOf({ mainToken, gasCap: 300_000 }, measured);
    assert.equal(capOf(190_000n).outcome, 'ok');
    const { outcome: found, found: words } = capOf(190_001n);
    assert.equal(found, 'warn');
    assert.match(words, /expected at least 300001; a payment to a new account takes 190001 today/);
  });

  const outcome = (gasCap: number, token = mainToken) => gasCapOf({ mainToken: token, gasCap }).outcome;

  it('of a token is warned about below 300,000, of the coin below 100,000', () => {
    assert.deepEqual([outcome(299_999), outcome(300_000)], ['warn', 'ok']);
    assert.deepEqual([outcome(99_999, COIN), outcome(100_000, COIN)], ['warn', 'ok']);
  });
});

describe('a block gas limit', () => {
  it('is warned about above 10^11', () => {
    assert.deepEqual([gasLimitOf(10n ** 11n).outcome, gasLimitOf(10n ** 11n + 1n).outcome], ['ok', 'warn']);
  });
});

describe('a threshold', () => {
  const outcome = (threshold: number, list = signers) => thresholdOf(threshold, list).outcome;

  it('of nobody, of half, or of more than there are is wrong', () => {
    assert.deepEqual(
      [0, 3, 7].map((threshold) => outcome(threshold)),
      ['bad', 'bad', 'bad'],
    );
    assert.equal(outcome(0, []), 'bad');
  });

  it('over a repeated or the zero signer is wrong', () => {
    const [first, ...rest] = signers;
    assert.ok(first !== undefined);
    assert.equal(outcome(4, [first, first, ...rest.slice(1)]), 'bad');
    assert.equal(outcome(4, [zeroAddress, ...rest]), 'bad');
  });

  it('of more than half of different signers is right', () => {
    assert.deepEqual(
      [4, 5, 6].map((threshold) => outcome(threshold)),
      ['ok', 'ok', 'ok'],
    );
  });
});

describe('the signers of two bridges', () => {
  const state = (changes: Partial<BridgeState> = {}): BridgeState => ({
    ...{ signers, threshold: 4, signerEpoch: 1n, pausedUntil: 0n, bounceDelay: 0n, pegs: new Map() },
    ...changes,
  });

  it('that differ on either side are wrong, and who differs is named', () => {
    for (const sides of [
      { main: state(), product: state({ signers: signers.slice(1) }) },
      { main: state({ signers: signers.slice(1) }), product: state() },
    ]) {
      const { outcome, found } = sameSigners(sides);
      assert.equal(outcome, 'bad');
      assert.match(found, new RegExp(signers[0] ?? ''));
    }
  });

  it('with different thresholds are wrong', () => {
    assert.equal(sameSigners({ main: state(), product: state({ threshold: 5 }) }).outcome, 'bad');
  });

  it('in another order or epoch are right: a rotation ends on one side first', () => {
    const product = state({ signers: signers.toReversed(), signerEpoch: 2n });
    assert.equal(sameSigners({ main: state(), product }).outcome, 'ok');
  });
});

describe('a rate', () => {
  const names = {
    main: { address: mainToken, symbol: 'GLD', decimals: 6 },
    product: { address: mainToken, symbol: 'GRAM', decimals: 18 },
  };
  const outcome = (main: Peg | undefined, product: Peg) => rateOf(main, product, names).outcome;

  it('that differs between the bridges, or is zero, is wrong', () => {
    assert.equal(outcome({ ...peg, numerator: 3n }, peg), 'bad');
    assert.equal(outcome({ ...peg, mainToken: signers[0] ?? mainToken }, peg), 'bad');
    assert.equal(outcome({ ...peg, numerator: 0n }, { ...peg, numerator: 0n }), 'bad');
    assert.equal(outcome({ ...peg, minimum: 0n }, peg), 'bad');
  });

  it('that only the product bridge has yet is a warning', () => {
    assert.equal(outcome(undefined, peg), 'warn');
  });

  it('is shown in whole tokens', () => {
    const gold = { ...peg, numerator: 10n ** 13n, denominator: 1n };
    assert.match(rateOf(gold, gold, names).found, /^1 GLD = 10 GRAM/);
  });

  it('that both have alike is right', () => {
    assert.equal(outcome(peg, peg), 'ok');
  });
});

describe('a check', () => {
  it('that cannot be done has found that', async () => {
    const error = new PegwayError('no answer', { hint: 'start it' });
    assert.deepEqual(await look('node', 'chain id', () => Promise.reject(error)), {
      ...{ subject: 'node', check: 'chain id', outcome: 'bad', found: 'no answer', hint: 'start it' },
    });
    assert.equal((await look('node', 'chain id', () => ok('1'))).outcome, 'ok');
  });
});
