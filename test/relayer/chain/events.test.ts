import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import {
  type Abi,
  type Address,
  type Hex,
  decodeEventLog,
  encodeAbiParameters,
  encodeEventTopics,
  getAddress,
  numberToHex,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../../protocol/abi.ts';
import { decodeBridgeLog } from '../../../relayer/chain/events.ts';
import type { RpcLog } from '../../../protocol/proof/rpc-log.ts';

const bytes = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((array): Hex => `0x${Buffer.from(array).toString('hex')}`);
const address = bytes(20).map((hex) => getAddress(hex));
const departure = fc.record({
  ...{ productToken: address, sender: address, recipient: address },
  ...{ nonce: fc.bigInt(0n, 2n ** 64n - 1n), previousBlock: fc.bigInt(0n, 2n ** 64n - 1n) },
  ...{ sourceAmount: fc.bigInt(0n, 2n ** 128n - 1n), amount: fc.bigInt(0n, 2n ** 128n - 1n) },
});
type Told = typeof departure extends fc.Arbitrary<infer T> ? T : never;

const bridge: Address = `0x${'11'.repeat(20)}`;
const logOf = (topics: readonly Hex[], data: Hex): RpcLog => ({
  ...{ address: bridge, topics, data, logIndex: '0x0' },
  ...{ blockNumber: '0x2a', blockHash: `0x${'22'.repeat(32)}`, transactionHash: `0x${'33'.repeat(32)}` },
});
const dataOf = ({ recipient, sourceAmount, amount, previousBlock }: Told): Hex =>
  encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint64' }],
    [recipient, sourceAmount, amount, previousBlock],
  );
const deposited = (told: Told): RpcLog => {
  const { productToken, nonce, sender: depositor } = told;
  const args = { productToken, nonce, depositor };
  return logOf(encodeEventTopics({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', args }) as Hex[], dataOf(told));
};
const redeemed = (told: Told): RpcLog => {
  const { productToken, nonce, sender: redeemer } = told;
  const args = { productToken, nonce, redeemer };
  return logOf(
    encodeEventTopics({ abi: productBridgeAbi, eventName: 'ProductTokenRedeem', args }) as Hex[],
    dataOf(told),
  );
};

describe('a departure', () => {
  it('is read as the ABI tells it, on both sides', () => {
    fc.assert(
      fc.property(departure, (told) => {
        const where = { blockNumber: 42n, transactionHash: `0x${'33'.repeat(32)}` as const };
        const { productToken, ...rest } = told;
        const expected = (side: 'main' | 'product', direction: 'mint' | 'withdraw') => ({
          ...{ side, kind: 'departed', ...where },
          transfer: { lane: { direction, productToken }, ...rest, ...where, blockHash: `0x${'22'.repeat(32)}` },
        });
        const raw = (log: RpcLog) => ({ data: log.data, topics: log.topics as [Hex, ...Hex[]] });

        const main = decodeEventLog({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', ...raw(deposited(told)) });
        assert.deepEqual([main.args.mainAmount, main.args.productAmount], [told.sourceAmount, told.amount]);
        assert.deepEqual(decodeBridgeLog('main', deposited(told)), {
          ...expected('main', 'mint'),
          log: deposited(told),
        });

        const product = decodeEventLog({
          ...{ abi: productBridgeAbi, eventName: 'ProductTokenRedeem' },
          ...raw(redeemed(told)),
        });
        assert.deepEqual([product.args.productAmount, product.args.mainAmount], [told.sourceAmount, told.amount]);
        assert.deepEqual(decodeBridgeLog('product', redeemed(told)), {
          ...expected('product', 'withdraw'),
          log: redeemed(told),
        });
      }),
    );
  });

  it('that is not laid out as one is refused: cut short, too long, a topic too few', () => {
    const [told] = fc.sample(departure, 1);
    assert.ok(told !== undefined);
    const { topics, data } = deposited(told);
    const wrong = [
      logOf(topics, data.slice(0, -2) as Hex),
      logOf(topics, `${data}00`),
      logOf(topics.slice(0, 3), data),
      logOf([...topics.slice(0, 3), numberToHex(1)], data),
    ];
    for (const log of wrong) assert.throws(() => decodeBridgeLog('main', log), { code: 'proof-invalid' });
  });
});

describe('an event of version 2', () => {
  const abi: Abi = mainBridgeAbi;
  const emitted = (eventName: string, args: object, data: Hex = '0x'): RpcLog =>
    logOf(encodeEventTopics({ abi, eventName, args }) as Hex[], data);
  const productToken = bridge;
  const words = (...values: readonly bigint[]): Hex =>
    `0x${values.map((value) => numberToHex(value, { size: 32 }).slice(2)).join('')}`;
  const digest: Hex = `0x${'44'.repeat(32)}`;

  it('causes no rereading when a relayer neither caches nor decides by it', () => {
    for (const log of [
      emitted('FeeTaken', { productToken }, words(1n, 5n)),
      emitted('FeesCollected', { productToken }, words(5n)),
      emitted('DepositsAllowed', { productToken }, words(5n)),
    ]) {
      assert.equal(decodeBridgeLog('main', log).kind, 'noted');
    }
  });

  it('causes a rereading when it changes what is cached', () => {
    for (const log of [emitted('Halted', {}), emitted('FeeChanged', { productToken }, words(1n, 2n))]) {
      assert.equal(decodeBridgeLog('main', log).kind, 'changed');
    }
  });

  it('is an approval, of a batch or of any digest', () => {
    const approval = { kind: 'approved', digest, signer: bridge, approvals: 3 };
    const ofDigest = emitted('DigestApproved', { digest, signer: bridge, signerEpoch: 1n }, words(3n));
    const ofBatch = emitted('TransfersApproved', { digest, signer: bridge, productToken }, words(0n, 3n));
    for (const log of [ofDigest, ofBatch]) {
      const { kind, digest: found, signer, approvals } = decodeBridgeLog('main', log) as typeof approval;
      assert.deepEqual({ kind, digest: found, signer, approvals }, approval);
    }
  });
});
