// The test vectors of docs/protocol.md against the TypeScript twins; `Vectors.t.sol` holds them against the contracts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, keccak256, stringToHex } from 'viem';

import vectors from '../../docs/protocol-vectors.json' with { type: 'json' };
import {
  GROUP,
  append,
  bagOf,
  emptyHistory,
  groupOf,
  headOf,
  historyRootOf,
  includesBlock,
  proveHeight,
  tailRootOf,
} from '../../protocol/anchors/history.ts';
import { anchorDigest, correctionDigest } from '../../protocol/anchors/statement.ts';
import {
  attestationDigest,
  bounceDigest,
  decodeTransfers,
  domainSeparator,
  encodeSignatures,
  encodeTransfers,
  governanceDigest,
  pauseDigest,
} from '../../protocol/attestation.ts';
import { executedNonces, maskedNonces } from '../../protocol/bitmap.ts';
import { quote } from '../../protocol/peg.ts';
import { signAll, signOne } from './support/signers.ts';

const { main, product } = vectors.chains;
const domains = {
  main: { chainId: main.chainId, bridge: main.bridge as Address },
  product: { chainId: product.chainId, bridge: product.bridge as Address },
};
const signers = vectors.signers as { address: Address; privateKey: Hex }[];
const productToken = (vector: { productToken: string }) => vector.productToken as Address;

describe('The vectors of the protocol, in TypeScript', () => {
  it('domain separators', () => {
    for (const side of ['main', 'product'] as const) {
      assert.equal(domainSeparator(domains[side]), vectors.chains[side].domainSeparator);
    }
  });

  it('batches: packed, digested and signed', async () => {
    assert.ok(vectors.attestations.length > 0);
    for (const vector of vectors.attestations) {
      const items = vector.items.map(({ recipient, amount }) => ({
        recipient: recipient as Address,
        amount: BigInt(amount),
      }));
      const transfers = vector.transfers as Hex;
      const [source, destination] =
        vector.direction === 'mint' ? [domains.main, domains.product] : [domains.product, domains.main];
      assert.equal(encodeTransfers(items), transfers);
      assert.deepEqual(decodeTransfers(transfers), items);
      const digest = attestationDigest({
        source,
        destination,
        signerEpoch: BigInt(vector.signerEpoch),
        productToken: productToken(vector),
        firstNonce: BigInt(vector.firstNonce),
        transfers,
        sourceBlock: vector.sourceBlock as Hex,
      });
      assert.equal(digest, vector.digest);
      assert.equal(await signAll(digest, vector.by, signers), vector.signatures);
      assert.equal(await signAll(digest, vector.by.toReversed(), signers), vector.signatures);
    }
  });

  it('bounces', async () => {
    assert.ok(vectors.bounces.length > 0);
    for (const vector of vectors.bounces) {
      const digest = bounceDigest({
        source: domains.product,
        destination: domains.main,
        signerEpoch: BigInt(vector.signerEpoch),
        productToken: productToken(vector),
        nonce: BigInt(vector.nonce),
        redeemer: vector.redeemer as Address,
        recipient: vector.recipient as Address,
        mainAmount: BigInt(vector.mainAmount),
        deadline: BigInt(vector.deadline),
      });
      assert.equal(digest, vector.digest);
      assert.equal(await signAll(digest, [0, 1, 2, 3], signers), vector.signatures);
    }
  });

  it('pauses', async () => {
    assert.ok(vectors.pauses.length > 0);
    for (const vector of vectors.pauses) {
      const side = vector.side as keyof typeof domains;
      const digest = pauseDigest(domains[side], BigInt(vector.signerEpoch), BigInt(vector.pauseNonce));
      assert.equal(digest, vector.digest);
      const signature = await signOne(digest, signers[vector.by]!);
      assert.equal(signature, vector.signature);
      assert.equal(encodeSignatures([{ index: 31, signature }]), `0x80000000${signature.slice(2)}`);
    }
  });

  it('proposals', async () => {
    assert.ok(vectors.proposals.length > 0);
    for (const vector of vectors.proposals) {
      const side = vector.side as keyof typeof domains;
      const calls = vector.calls as Hex[];
      const digest = governanceDigest(
        domains[side],
        BigInt(vector.listEpoch),
        BigInt(vector.nonce),
        BigInt(vector.deadline),
        calls,
      );
      assert.equal(digest, vector.digest);
      assert.equal(await signAll(digest, vector.by, signers), vector.signatures);
    }
  });

  it('anchors and corrections', () => {
    assert.ok(vectors.anchors.length > 0);
    const { chainId } = domains.main;
    const anchors = vectors.anchorsContract as Address;
    const domain = { chainId, anchors, sourceChainId: domains.product.chainId };
    for (const vector of vectors.anchors) {
      const anchor = {
        number: BigInt(vector.number),
        attestedAt: BigInt(vector.attestedAt),
        blockHash: vector.blockHash as Hex,
        historyRoot: vector.historyRoot as Hex,
      };
      const epoch = BigInt(vector.signerEpoch);
      assert.equal(anchorDigest(domain, epoch, anchor), vector.digest);
      assert.equal(correctionDigest(domain, epoch, vector.replacedHash as Hex, anchor), vector.correctionDigest);
    }
  });

  it('histories', () => {
    assert.ok(vectors.histories.length > 0);
    for (const vector of vectors.histories) {
      const [first, number] = [BigInt(vector.first), BigInt(vector.number)];
      const hashes = Array.from({ length: Number(number - first) + 1 }, (_, at) =>
        keccak256(stringToHex(`Pegway test vector: block ${first + BigInt(at)}`)),
      );
      const nodes = new Map<string, Hex>();
      const history = append(emptyHistory(first), hashes, ({ level, index, hash }) =>
        nodes.set(`${level} ${index}`, hash),
      );
      assert.equal(headOf(history), number);
      assert.deepEqual(history.peaks, vector.peaks);
      assert.equal(bagOf(history.peaks), vector.bag);
      assert.equal(tailRootOf(history), vector.tailRoot);
      assert.equal(historyRootOf(history), vector.historyRoot);

      const height = BigInt(vector.proof.height);
      const start = Number(groupOf(history, height)!.index) * GROUP;
      const group = hashes.slice(start, start + GROUP);
      const proof = proveHeight(history, height, group, ({ level, index }) => nodes.get(`${level} ${index}`)!);
      assert.deepEqual(proof.siblings, vector.proof.siblings);
      const root = vector.historyRoot as Hex;
      assert.ok(includesBlock({ root, first, number, height, blockHash: vector.proof.blockHash as Hex, proof }));
    }
  });

  it('bitmaps', () => {
    assert.ok(vectors.bitmaps.length > 0);
    for (const { firstNonce, mask, words } of vectors.bitmaps) {
      const nonces = words.flatMap(({ word, bits }) => executedNonces(BigInt(word), BigInt(bits), 0n));
      assert.deepEqual(maskedNonces(BigInt(firstNonce), BigInt(mask)), nonces);
    }
  });

  it('conversions', () => {
    assert.ok(vectors.conversions.length > 0);
    for (const vector of vectors.conversions) {
      const rate = {
        mainToken: domains.main.bridge,
        productToken: domains.product.bridge,
        numerator: BigInt(vector.numerator),
        denominator: BigInt(vector.denominator),
      };
      const found = quote(rate, 'mint', BigInt(vector.amount), BigInt(vector.minimum));
      const expected =
        vector.outcome === 'ok'
          ? { ok: true, amount: BigInt(vector.answer) }
          : { ok: false, reason: vector.outcome, suggestion: BigInt(vector.answer) };
      assert.deepEqual(found, expected);
    }
  });
});
