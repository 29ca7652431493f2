import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { globalOptions } from 'hardhat';
import { type Address, type Hex, bytesToHex, numberToHex } from 'viem';

import { productTokenAddress } from '../../cli/deploy/creation.ts';
import {
  attestationDigest,
  bounceDigest,
  decodeTransfers,
  encodeSignatures,
  encodeTransfers,
  governanceDigest,
  indicesOf,
  pauseDigest,
} from '../../protocol/attestation.ts';
import { onBothSides } from './support/both.ts';
import { type HelpedSide, deployProductBridge, mainSide, productPeg, remote } from './support/bridges.ts';
import { chainId, loadFixture } from './support/network.ts';
import { maskOf, signers, threshold } from './support/signers.ts';

const runs = { numRuns: 30 };

const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });
const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((b) => bytesToHex(b));
const account: fc.Arbitrary<Address> = bytes(20);
const items = fc.array(fc.record({ recipient: account, amount: uint(128n) }, { noNullPrototype: true }), {
  minLength: 1,
  maxLength: 8,
});

const source = { chainId: Number(remote.chainId), bridge: remote.bridge };
const destination = ({ address }: Pick<HelpedSide, 'address'>) => ({ chainId, bridge: address });

/** Every counter that a digest holds moves on: signer epoch, governance nonce and pause nonce. */
async function moveOn({ govern, call, pause }: Pick<HelpedSide, 'govern' | 'call' | 'pause'>): Promise<void> {
  await pause();
  await govern(call('setSigners', [signers.map(({ address }) => address).toReversed(), BigInt(threshold)]));
}

onBothSides('The TypeScript digests', (fresh) => {
  for (const [when, prepare] of [
    ['of a new bridge', () => Promise.resolve()],
    ['in later epochs', moveOn],
  ] as const) {
    it(`say of a batch what the bridge says, ${when}`, async () => {
      const side = await fresh();
      await prepare(side);
      const signerEpoch = await side.bridge.read.signerEpoch();

      await fc.assert(
        fc.asyncProperty(account, uint(64n), items, bytes(32), async (productToken, firstNonce, list, sourceBlock) => {
          const transfers = encodeTransfers(list);
          const statement = {
            source,
            destination: destination(side),
            signerEpoch,
            productToken,
            firstNonce,
            transfers,
            sourceBlock,
          };
          assert.equal(
            attestationDigest(statement),
            await side.bridge.read.attestationDigest([signerEpoch, productToken, firstNonce, transfers, sourceBlock]),
          );
        }),
        runs,
      );
    });

    it(`say of a proposal what the bridge says, ${when}`, async () => {
      const side = await fresh();
      await prepare(side);
      const [nonce, listEpoch] = [await side.bridge.read.governanceNonce(), await side.bridge.read.listEpoch()];

      await fc.assert(
        fc.asyncProperty(uint(256n), fc.array(bytes(0, 70), { maxLength: 4 }), async (deadline, calls) => {
          assert.equal(
            governanceDigest(destination(side), listEpoch, nonce, deadline, calls),
            await side.bridge.read.governanceDigest([deadline, calls]),
          );
        }),
        runs,
      );
    });

    it(`say of a pause what the bridge says, ${when}`, async () => {
      const side = await fresh();
      await prepare(side);
      const { signerEpoch, pauseNonce, pauseDigest: digest } = side.bridge.read;

      assert.equal(pauseDigest(destination(side), await signerEpoch(), await pauseNonce()), await digest());
    });
  }
});

describe('The TypeScript digest of a bounce', () => {
  async function fixture() {
    const side = await mainSide();
    await moveOn(side);
    return side;
  }

  it('is what the main bridge says', async () => {
    const side = await loadFixture(fixture);
    const signerEpoch = await side.bridge.read.signerEpoch();

    await fc.assert(
      fc.asyncProperty(account, uint(64n), account, account, uint(128n), uint(256n), async (...given) => {
        const [productToken, nonce, redeemer, recipient, mainAmount, deadline] = given;
        const content = { productToken, nonce, redeemer, recipient, mainAmount, deadline };
        assert.equal(
          bounceDigest({ source, destination: destination(side), signerEpoch, ...content }),
          await side.main.read.bounceDigest([content]),
        );
      }),
      runs,
    );
  });
});

describe('Packed transfers', () => {
  const recipient = `0x${'12'.repeat(20)}` as const;

  for (const [what, item] of [
    ['a negative amount', { recipient, amount: -1n }],
    ['an amount of 2^128', { recipient, amount: 2n ** 128n }],
    ['a recipient of 19 bytes', { recipient: recipient.slice(0, -2) as Address, amount: 1n }],
    ['a recipient of 32 bytes', { recipient: numberToHex(1n, { size: 32 }), amount: 1n }],
    ['a recipient that is no hex', { recipient: `0x${'zz'.repeat(20)}` as const, amount: 1n }],
  ] as const) {
    it(`refuse ${what}`, () => {
      assert.throws(() => encodeTransfers([{ recipient, amount: 1n }, item]), RangeError);
    });
  }

  it('refuse a length that is no multiple of 36 bytes', () => {
    assert.throws(() => decodeTransfers(`0x${'00'.repeat(35)}`), RangeError);
    assert.throws(() => decodeTransfers(`0x${'00'.repeat(73)}`), RangeError);
  });

  it('unpack to what was packed', () => {
    fc.assert(fc.property(items, (list) => assert.deepEqual(decodeTransfers(encodeTransfers(list)), list)));
    assert.equal(encodeTransfers([{ recipient, amount: 2n ** 128n - 1n }]), `0x${'12'.repeat(20)}${'ff'.repeat(16)}`);
  });
});

onBothSides('Packed transfers', (fresh) => {
  it('are read by the bridge as they were packed', async () => {
    const side = await fresh();
    const list = [1n, 2n ** 64n + 7n, 3n].map((amount, index) => ({
      recipient: numberToHex(0xa11ce0 + index, { size: 20 }),
      amount,
    }));

    await side.execute(0n, list);

    for (const { recipient, amount } of list) assert.equal(await side.balanceOf(recipient), amount);
  });
});

describe('Packed signatures', () => {
  const signature = (index: number): Hex => `0x${(index + 1).toString(16).padStart(2, '0').repeat(64)}`;

  for (const [what, list] of [
    ['a signer twice', [{ index: 3 }, { index: 1 }, { index: 3 }]],
    ['signer 32', [{ index: 32 }]],
    ['signer -1', [{ index: -1 }]],
    ['a signature of 65 bytes', [{ index: 0, signature: `${signature(0)}1b` as const }]],
    ['a signature of 63 bytes', [{ index: 0, signature: signature(0).slice(0, -2) as Hex }]],
  ] as const) {
    it(`refuse ${what}`, () => {
      assert.throws(() => encodeSignatures(list.map((item) => ({ signature: signature(0), ...item }))), RangeError);
    });
  }

  it('are nothing when nobody signed', () => {
    assert.equal(encodeSignatures([]), '0x');
  });

  it('are a mask of four bytes, then 64 bytes each, ascending by signer', () => {
    const signed = [31, 0, 5].map((index) => ({ index, signature: signature(index) }));

    const expected = `0x80000021${[0, 5, 31].map((index) => signature(index).slice(2)).join('')}`;
    assert.equal(encodeSignatures(signed), expected);
  });

  it('name in their mask whom it was made of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 31 })), (indices) =>
        assert.deepEqual(
          indicesOf(maskOf(indices)),
          indices.toSorted((a, b) => a - b),
        ),
      ),
    );
  });
});

describe('The address of a product token', () => {
  // It follows from the token's code, which is another one while coverage is measured.
  it('is known before the bridge creates it', { skip: globalOptions.coverage }, async () => {
    const peg = fc.record({ name: fc.string(), symbol: fc.string(), decimals: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(peg, { minLength: 1, maxLength: 3 }), async (pegs) => {
        const product = await deployProductBridge(pegs.map((names) => ({ ...productPeg(), ...names })));

        const expected = pegs.map((names, index) => productTokenAddress(product.address, names, index));
        assert.deepEqual(await product.read.pegs(), expected);
      }),
      { numRuns: 10 },
    );
  });
});
