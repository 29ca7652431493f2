import { type Address, type Hex, decodeEventLog, getAbiItem, getAddress } from 'viem';

import type { TimedEvent } from '../chain/block-timestamps.ts';
import type { History } from '../store/history.ts';
import { mainBridgeAbi } from '../../protocol/abi.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import { type Lane, type Side, type Status, directionFrom, directionTo } from '../../protocol/lane.ts';

export interface IndexContext {
  readonly history: History;
  /** The current status of a transfer, from the bridges. */
  readonly currentStatus: (lane: Lane, nonce: bigint) => Status;
  /** The signers of one side, by index. */
  readonly signers: (side: Side) => readonly Address[];
  /** Notified of each signature in a final block. */
  readonly onSignature: (signer: Address, at: bigint) => void;
}

const feeTaken = [getAbiItem({ abi: mainBridgeAbi, name: 'FeeTaken' })] as const;

/** Writes events into the history, new or backfilled ones. Idempotent. */
export function indexEvents(events: readonly TimedEvent[], context: IndexContext): void {
  context.history.transaction(() => {
    for (const timed of events) {
      const { event, at } = timed;
      const isNew = context.history.events.add(event.side, { log: event.log, timestamp: at });
      indexEvent(timed, context);
      if (isNew) countEvent(timed, context);
    }
  });
}

/** Adds to sums, so once for each event. */
function countEvent({ event, at }: TimedEvent, { history, signers }: IndexContext): void {
  if (event.kind === 'executed') {
    const list = signers(event.side);
    const counted = indicesOf(event.signerMask).flatMap((index) => list[index] ?? []);
    if (counted.length > 0) history.signatures.count(counted, at);
  }
  if (event.kind === 'noted' && event.name === 'FeeTaken') {
    const { data, topics } = event.log;
    const { args } = decodeEventLog({ abi: feeTaken, data, topics: topics as [Hex, ...Hex[]] });
    history.addFee(
      { direction: directionFrom(event.side), productToken: getAddress(args.productToken) },
      ...([args.fee, at] as const),
    );
  }
}

function indexEvent({ event, at }: TimedEvent, { history, currentStatus, signers, onSignature }: IndexContext): void {
  if (event.kind === 'changed' || event.kind === 'noted') return;
  if (event.kind === 'approved') return onSignature(event.signer, at);
  if (event.kind === 'departed') {
    const { lane, nonce } = event.transfer;
    return history.addDeparture(event.transfer, at, currentStatus(lane, nonce));
  }

  const direction = directionTo(event.side);
  const lane: Lane = { direction, productToken: event.productToken };
  const { transactionHash, blockNumber } = event;
  switch (event.kind) {
    case 'executed': {
      const settlement = {
        status: 'executed',
        transactionHash,
        blockNumber,
        at,
        signerMask: event.signerMask,
      } as const;
      history.addSettlements(lane, maskedNonces(event.firstNonce, event.mask), settlement);
      const list = signers(event.side);
      for (const index of indicesOf(event.signerMask)) if (list[index] !== undefined) onSignature(list[index], at);
      return;
    }
    case 'released':
    case 'bounced': {
      const status = event.kind === 'released' ? 'executed' : 'bounced';
      return history.addSettlements(lane, [event.nonce], {
        status,
        transactionHash,
        blockNumber,
        at,
        signerMask: undefined,
      });
    }
    case 'parked':
    case 'voided':
    case 'failed': {
      // The event may be old, so only the current status counts.
      const now = currentStatus(lane, event.nonce);
      if (now === 'open' || now === 'parked') history.setStatus(lane, event.nonce, now);
    }
  }
}
