import { type Address, type Hex, numberToHex, padHex } from 'viem';

import {
  type Domain,
  type IndexedSignature,
  attestationDigest,
  bounceDigest,
  encodeSignatures,
} from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Transfer, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import type { ReceiptParts } from '../../protocol/receipts/build-receipt.ts';
import type { ExecutedEvent, SignersEvent } from '../../protocol/receipts/events.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';
import type { Pair } from '../state/statement.ts';
import type { EventStore } from '../store/event-store.ts';
import { approvalsIn, batchCallsIn, bounceCallsIn, splitSignatures } from './call-data.ts';

export type NamedTransfer = Pick<Transfer, 'lane' | 'nonce' | 'sender' | 'recipient' | 'amount'>;

export interface StatementSources {
  readonly pair: Pair;
  /** Of the destination. */
  readonly nodes: Pick<RpcQuorum, 'one'>;
  readonly events: Pick<EventStore, 'named'>;
  /** The list of the epoch in which the statement was signed. */
  readonly set: SignersEvent;
}

const wordOf = (value: bigint): Hex => numberToHex(value, { size: 32 });
const tokenOf = ({ lane }: NamedTransfer): Hex => padHex(lane.productToken, { size: 32 });

/**
 * The statement over the batch of an event `TransfersExecuted`, with the signatures that the bridge counted: those of its call,
 * and of earlier calls that approved the batch.
 * @throws {PegwayError} `unprovable` when the call data does not have them.
 */
export async function batchStatement(
  transfer: NamedTransfer,
  { event, transaction }: { readonly event: ExecutedEvent; readonly transaction: Hex },
  sources: StatementSources,
): Promise<ReceiptParts['statement']> {
  const { set, pair } = sources;
  const { direction, productToken } = transfer.lane;
  const [source, destination]: [Domain, Domain] = [pair[sourceOf(direction)], pair[destinationOf(direction)]];
  const side = destinationOf(direction);
  const { firstNonce, digest } = event;
  const callsOf = async (hash: Hex) =>
    batchCallsIn(side, await inputOf(sources, hash), [tokenOf(transfer), wordOf(firstNonce)]).filter(
      ({ transfers, sourceBlock }) =>
        attestationDigest({
          ...{ source, destination, signerEpoch: set.signerEpoch, productToken },
          ...{ firstNonce, transfers, sourceBlock },
        }) === digest,
    );
  const calls = await callsOf(transaction);
  const [call] = calls;
  if (call === undefined) throw unprovable(transaction);

  const counted = createCount(digest, sources, event.signerMask);
  for (const { signatures } of calls) await counted.add(signatures);
  for (const hash of counted.isComplete() ? [] : approvalsOf(sources, side, 'TransfersApproved', digest)) {
    for (const { signatures } of await callsOf(hash)) await counted.add(signatures);
  }
  const { transfers, sourceBlock } = call;
  return {
    ...{ kind: 'batch', signerEpoch: set.signerEpoch, firstNonce, transfers, sourceBlock },
    signatures: await counted.all(side, transaction),
  };
}

/**
 * The statement that returned a refused withdrawal, with its signatures.
 * @throws {PegwayError} `unprovable` when the call data does not have them.
 */
export async function bounceStatement(
  transfer: NamedTransfer,
  transaction: Hex,
  sources: StatementSources,
): Promise<ReceiptParts['statement']> {
  const { set, pair } = sources;
  const { lane, nonce, sender, recipient, amount } = transfer;
  const calls = bounceCallsIn(await inputOf(sources, transaction), [tokenOf(transfer), wordOf(nonce)]);
  for (const { deadline, signatures } of calls) {
    const digest = bounceDigest({
      ...{ destination: pair.main, source: pair.product, signerEpoch: set.signerEpoch },
      ...{ productToken: lane.productToken, nonce, redeemer: sender, recipient, mainAmount: amount, deadline },
    });
    const counted = createCount(digest, sources);
    await counted.add(signatures);
    const found = await counted.all('main', transaction).catch(() => undefined);
    if (found !== undefined) return { kind: 'bounce', signerEpoch: set.signerEpoch, deadline, signatures: found };
  }
  throw unprovable(transaction);
}

/** Counts valid signatures of the list over a digest. SECURITY: call data comes from anyone, so each is recovered. */
function createCount(digest: Hex, sources: StatementSources, counted = 0xffff_ffff) {
  const { signers, threshold } = sources.set;
  const valid = new Map<number, IndexedSignature>();
  const isComplete = (): boolean => BigInt(valid.size) >= threshold;
  const add = async (signatures: Hex): Promise<void> => {
    for (const one of splitSignatures(signatures)) {
      if (valid.has(one.index) || ((counted >>> one.index) & 1) === 0) continue;
      const signer: Address | undefined = await recoverSigner(digest, one.signature);
      if (signer !== undefined && signer === signers[one.index]) valid.set(one.index, one);
    }
  };
  return {
    add,
    isComplete,
    /** Those added, and where they are too few those of calls that approved the digest itself. */
    async all(side: 'main' | 'product', transaction: Hex): Promise<Hex> {
      for (const hash of isComplete() ? [] : approvalsOf(sources, side, 'DigestApproved', digest)) {
        for (const signatures of approvalsIn(await inputOf(sources, hash), digest)) await add(signatures);
      }
      if (!isComplete()) throw unprovable(transaction);
      return encodeSignatures([...valid.values()]);
    },
  };
}

/** Transactions that approved a digest, each once. */
const approvalsOf = (
  { events }: StatementSources,
  side: 'main' | 'product',
  name: 'TransfersApproved' | 'DigestApproved',
  digest: Hex,
): Hex[] => [...new Set(events.named(side, name, digest).map(({ log }) => log.transactionHash))];

/** One node suffices: every signature is verified. */
async function inputOf({ nodes }: StatementSources, hash: Hex): Promise<Hex> {
  const found = await nodes.one<{ readonly input: Hex } | null>('eth_getTransactionByHash', [hash]);
  if (found !== null) return found.input;
  throw new PegwayError(`no node has the transaction ${hash}`, { code: 'rpc-unreachable' });
}

const unprovable = (transaction: Hex): PegwayError =>
  new PegwayError(`the call data of ${transaction} does not contain the signatures that the bridge counted`, {
    code: 'unprovable',
    hint: 'another contract made the call and composed it; no receipt can be made of it',
  });
