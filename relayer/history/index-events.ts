import type { Address } from 'viem';

import type { TimedEvent } from '../chain/block-timestamps.ts';
import type { History } from '../store/history.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import { type Lane, type Side, type Status, directionTo } from '../../protocol/lane.ts';

export interface Remembering {
  readonly history: History;
  /** Where a transfer stands, as this relayer knows from the bridges. */
  readonly standing: (lane: Lane, nonce: bigint) => Status;
  /** The signers of one side, in the order of their indices. */
  readonly signers: (side: Side) => readonly Address[];
  /** Hears of each signature that a final block tells of. */
  readonly onSignature: (signer: Address, at: bigint) => void;
}

/** Writes events into the history, whether they are new or read back: what was told before changes nothing. */
export function remember(events: readonly TimedEvent[], context: Remembering): void {
  context.history.together(() => {
    for (const timed of events) rememberOne(timed, context);
  });
}

function rememberOne({ event, at }: TimedEvent, { history, standing, signers, onSignature }: Remembering): void {
  if (event.kind === 'changed') return;
  if (event.kind === 'approved') return onSignature(event.signer, at);
  if (event.kind === 'departed') {
    const { lane, nonce } = event.transfer;
    return history.depart(event.transfer, at, standing(lane, nonce));
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
      for (const nonce of maskedNonces(event.firstNonce, event.mask)) history.settle(lane, nonce, settlement);
      const list = signers(event.side);
      for (const index of indicesOf(event.signerMask)) if (list[index] !== undefined) onSignature(list[index], at);
      return;
    }
    case 'released':
    case 'bounced': {
      const status = event.kind === 'released' ? 'executed' : 'bounced';
      return history.settle(lane, event.nonce, { status, transactionHash, blockNumber, at, signerMask: undefined });
    }
    case 'parked':
    case 'voided':
    case 'failed': {
      // Of an old event nothing is left but where the transfer stands now.
      const now = standing(lane, event.nonce);
      if (now === 'open' || now === 'parked') history.mark(lane, event.nonce, now);
    }
  }
}
