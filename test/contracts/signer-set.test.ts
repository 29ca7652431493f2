import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { type Hex, checksumAddress, concatHex, numberToHex, sliceHex, zeroHash } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';

import { type Attestation, attestationDigest, encodeTransfers, governanceDigest } from '../../protocol/attestation.ts';
import { attested, digestOf, invalid, items, submitted, transfers, unmoved } from './support/batch.ts';
import { onBothSides, refused } from './support/both.ts';
import { SOURCE_BLOCK, address, deployMainBridge, nextAddress, remote, zeroAddress } from './support/bridges.ts';
import { assertions, chainId, loadFixture, viem } from './support/network.ts';
import { signAll, signers, strangers } from './support/signers.ts';

const addresses = signers.map((signer) => signer.address);
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => checksumAddress(address(0x51_9e_00 + index)));

describe('The list of signers', () => {
  for (const count of [0, 1, 2, 3, 6, 31, 32, 33]) {
    it(`of ${count} takes a threshold above its half and up to its size, up to 32`, async () => {
      for (let wanted = 0; wanted <= count + 1; ++wanted) {
        const deployment = deployMainBridge([], { signers: many(count), threshold: BigInt(wanted) });
        if (count <= 32 && wanted > count / 2 && wanted <= count) {
          const bridge = await deployment;
          assert.deepEqual(await bridge.read.signers(), many(count));
          assert.equal(await bridge.read.threshold(), BigInt(wanted));
        } else {
          await assert.rejects(deployment, new RegExp(`InvalidThreshold\\(${count}, ${wanted}\\)`));
        }
      }
    });
  }

  it('refuses a threshold that would overflow', async () => {
    const overflowing = 2n ** 255n + 4n;
    await assert.rejects(
      deployMainBridge([], { threshold: overflowing }),
      new RegExp(`InvalidThreshold\\(6, ${overflowing}\\)`),
    );
  });

  it('refuses the zero address', async () => {
    await assert.rejects(
      deployMainBridge([], { signers: [...addresses.slice(0, 5), zeroAddress] }),
      new RegExp(`InvalidSigner\\(5, "${zeroAddress}"\\)`),
    );
  });

  it('refuses a signer that stands in it before', async () => {
    await assert.rejects(
      deployMainBridge([], { signers: [...addresses.slice(0, 5), addresses[1]!] }),
      new RegExp(`InvalidSigner\\(5, "${addresses[1]}"\\)`),
    );
  });
});

onBothSides('A change of the signers', (fresh) => {
  for (const [what, list, wanted, error, args] of [
    ['a threshold of half', addresses, 3n, 'InvalidThreshold', [6n, 3n]],
    ['a zero signer', [zeroAddress], 1n, 'InvalidSigner', [0n, zeroAddress]],
    ['a repeated signer', [addresses[0]!, addresses[0]!], 2n, 'InvalidSigner', [1n, addresses[0]]],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const side = await fresh();
      await refused(side, side.govern(side.call('setSigners', [list, wanted])), error, args);
    });
  }

  it('begins an epoch and says who signs in it', async () => {
    const side = await fresh();
    const list = addresses.slice(1).toReversed();
    assert.equal(await side.bridge.read.signerEpoch(), 1n);

    const changed = side.govern(side.call('setSigners', [list, 3n]));

    await assertions.emitWithArgs(changed, side.bridge, 'SignersChanged', [2n, list, 3n]);
    assert.deepEqual(await side.bridge.read.signers(), list);
    assert.equal(await side.bridge.read.threshold(), 3n);
  });
});

const mask = (bits: number) => numberToHex(bits, { size: 4 });
const length = (found: bigint, expected: bigint) => ['InvalidSignaturesLength', [found, expected]] as const;

const nobody = concatHex([zeroHash, zeroHash]);
/** The first two of the packed signatures, exchanged. */
const swap = (packed: Hex): Hex =>
  concatHex([sliceHex(packed, 0, 4), sliceHex(packed, 68, 132), sliceHex(packed, 4, 68), sliceHex(packed, 132)]);

/** The order of secp256k1. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY = 1n << 255n;

/** The other signature of the same key and content: `n - s` and the other parity. */
function flip(signature: Hex): Hex {
  const yParityAndS = BigInt(sliceHex(signature, 32));
  const s = ORDER - (yParityAndS & (PARITY - 1n));
  return concatHex([
    sliceHex(signature, 0, 32),
    numberToHex((s & (PARITY - 1n)) | (~yParityAndS & PARITY), { size: 32 }),
  ]);
}

onBothSides('Signatures of a batch', (fresh) => {
  // Each attack starts from the packed signatures of signers 0, 1, 2 (and 3).
  for (const [attack, tamper, [error, args]] of [
    ['three and one of them twice', (three) => concatHex([three, sliceHex(three, -64)]), length(260n, 196n)],
    [
      "one of them again in another's place",
      (three) => concatHex([mask(0b1111), sliceHex(three, 4), sliceHex(three, -64)]),
      invalid(3),
    ],
    ['a mask of five over four', (_, four) => concatHex([mask(0b11111), sliceHex(four, 4)]), length(260n, 324n)],
    ['a mask of three over four', (_, four) => concatHex([mask(0b111), sliceHex(four, 4)]), length(260n, 196n)],
    [
      'a signer that the list does not have',
      (_, four) => concatHex([mask(0b1000111), sliceHex(four, 4)]),
      ['InvalidSignerMask', [0b1000111, 6n]],
    ],
    [
      'signer 31',
      (_, four) => concatHex([mask(0x80000007), sliceHex(four, 4)]),
      ['InvalidSignerMask', [0x80000007, 6n]],
    ],
    ['signatures in another order', (_, four) => swap(four), invalid(0)],
    [
      'zero bytes, which recover to nobody',
      (three) => concatHex([mask(0b1111), sliceHex(three, 4), nobody]),
      invalid(3),
    ],
    [
      'a high s, in its compact form',
      (_, four) => concatHex([sliceHex(four, 0, 196), flip(sliceHex(four, 196))]),
      invalid(3),
    ],
    ['a signature cut by a byte', (_, four) => sliceHex(four, 0, 259), length(259n, 260n)],
    ['a signature less than the mask', (_, four) => sliceHex(four, 0, 196), length(196n, 260n)],
    ['the mask alone', (_, four) => sliceHex(four, 0, 4), length(4n, 260n)],
    ['less than a mask', (_, four) => sliceHex(four, 0, 3), length(3n, 4n)],
    ['a padding byte', (_, four) => concatHex([four, '0x00']), length(261n, 260n)],
    ['a padding signature', (_, four) => concatHex([four, nobody]), length(324n, 260n)],
    ['an empty mask', () => mask(0), ['MissingSignatures', [0, 4n]]],
    ['nothing at all', () => '0x', ['MissingSignatures', [0, 4n]]],
  ] as [string, (three: Hex, four: Hex) => Hex, [Parameters<typeof refused>[2], readonly unknown[]]][]) {
    it(`are refused: ${attack}`, async () => {
      const side = await fresh();
      const signatures = tamper(await attested(side, [0, 1, 2]), await attested(side));
      await refused(side, submitted(side, signatures), error, args);
      await unmoved(side);
    });
  }

  it('are refused: of strangers', async () => {
    const side = await fresh();
    const signatures = await signAll(await digestOf(side), [0, 1, 2, 3], strangers);
    await refused(side, submitted(side, signatures), ...invalid(0));
    await unmoved(side);
  });

  for (const [what, change] of [
    ['of another chain', (a) => ({ ...a, destination: { ...a.destination, chainId: chainId + 1 } })],
    ['of another bridge', (a) => ({ ...a, destination: { ...a.destination, bridge: address(0xb71d9e) } })],
    ['of another source chain', (a) => ({ ...a, source: { ...a.source, chainId: a.source.chainId + 1 } })],
    ['of another source bridge', (a) => ({ ...a, source: { ...a.source, bridge: address(0xb71d9e) } })],
    ['of the other direction', (a) => ({ ...a, source: a.destination, destination: a.source })],
    ['of another lane', (a) => ({ ...a, productToken: address(0x1a9e) })],
    ['of the next epoch', (a) => ({ ...a, signerEpoch: a.signerEpoch + 1n })],
    ['of the epoch before', (a) => ({ ...a, signerEpoch: a.signerEpoch - 1n })],
    ['of another nonce', (a) => ({ ...a, firstNonce: 1n })],
    ['of another amount', (a) => ({ ...a, transfers: encodeTransfers([{ ...items[0]!, amount: 6n }]) })],
    ['of another source block', (a) => ({ ...a, sourceBlock: zeroHash })],
    ['of another recipient', (a) => ({ ...a, transfers: encodeTransfers([{ ...items[0]!, recipient: address(7) }]) })],
  ] as [string, (statement: Attestation) => Attestation][]) {
    it(`are refused: ${what}`, async () => {
      const side = await fresh();
      const digest = attestationDigest(
        change({
          destination: { chainId, bridge: side.address },
          source: { chainId: Number(remote.chainId), bridge: remote.bridge },
          signerEpoch: 1n,
          productToken: side.productToken,
          firstNonce: 0n,
          transfers,
          sourceBlock: SOURCE_BLOCK,
        }),
      );
      await refused(side, submitted(side, await signAll(digest)), ...invalid(0));
      await unmoved(side);
    });
  }

  it('are refused when any one bit of them is another', async () => {
    const side = await fresh();
    const signatures = BigInt(await attested(side));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 260 * 8 - 1 }), async (bit) => {
        const tampered = numberToHex(signatures ^ (1n << BigInt(bit)), { size: 260 });
        await assert.rejects(submitted(side, tampered), /reverted with custom error 'Invalid(Signature|SignerMask)/);
      }),
      { numRuns: 30 },
    );
    await unmoved(side);
  });

  it('of a quorum execute', async () => {
    const side = await fresh();
    for (const [nonce, by] of [
      [0, 1, 2, 3],
      [2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
    ].entries()) {
      const executed = await side.execute(BigInt(nonce), items, by);
      await assertions.emit(executed, side.bridge, 'TransfersExecuted');
    }
    assert.equal(await side.balanceOf(items[0]!.recipient), 15n);
  });
});

describe('A high s that fits into 255 bits', () => {
  const modular = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;
  const inverse = (value: bigint): bigint => {
    let [result, base] = [1n, value];
    for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n, base = modular(base * base)) {
      if (exponent & 1n) result = modular(result * base);
    }
    return result;
  };

  /** A one-signer bridge with a key that makes `r, s` (nonce 1, so r is the base point's x) sign its cancellation. */
  async function fixture() {
    const r = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
    const s = ORDER / 2n + 1n;
    const deadline = 2n ** 64n;
    const digest = governanceDigest({ chainId, bridge: await nextAddress() }, 1n, 0n, deadline, []);
    const key = modular((s - BigInt(digest)) * inverse(r));
    const signer = privateKeyToAddress(numberToHex(key, { size: 32 }));
    const bridge = await deployMainBridge([], { signers: [signer], threshold: 1n });
    const propose = (yParityAndS: bigint) =>
      bridge.write.propose([
        deadline,
        [],
        concatHex([mask(1), numberToHex(r, { size: 32 }), numberToHex(yParityAndS, { size: 32 })]),
      ]);
    return { bridge: await viem.getContractAt('IBridge', bridge.address), signer, propose, s };
  }

  it('is refused, and its low twin is not', async () => {
    const { bridge, signer, propose, s } = await loadFixture(fixture);
    assert.ok(s < PARITY && s > ORDER / 2n);
    await refused({ bridge }, propose(s), 'InvalidSignature', [0n, signer]);
    await assertions.emit(propose((ORDER - s) | PARITY), bridge, 'ProposalAccepted');
  });
});
