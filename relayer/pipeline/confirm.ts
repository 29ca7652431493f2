import type { BridgeEvent } from '../chain/events.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Entry, Ledger } from '../state/ledger.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import { type Direction, type Lane, directionTo } from '../../protocol/lane.ts';

export interface Confirming {
  readonly ledger: (lane: Lane) => Ledger | undefined;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** Applies a finalized event of the destination to its lane's ledger. Returns that lane. */
export function confirm(event: BridgeEvent, context: Confirming): Lane | undefined {
  if (event.kind === 'departed' || event.kind === 'approved' || event.kind === 'changed' || event.kind === 'noted')
    return undefined;
  const direction = directionTo(event.side);
  const lane: Lane = { direction, productToken: event.productToken };
  const ledger = context.ledger(lane);
  if (ledger === undefined) return undefined;

  const settle = (nonces: readonly bigint[]) => {
    context.metrics.transfersExecuted.inc({ direction }, nonces.length);
    for (const nonce of nonces) observe(context, direction, ledger.settle(nonce));
  };

  switch (event.kind) {
    case 'executed':
      settle(maskedNonces(event.firstNonce, event.mask));
      break;
    case 'released':
    case 'bounced':
      settle([event.nonce]);
      break;
    case 'parked':
    case 'voided':
      ledger.park(event.nonce, event.kind === 'parked');
      mark(event.kind, ledger.get(event.nonce));
      break;
    case 'failed':
      // A refused release stays parked.
      mark(event.kind, ledger.get(event.nonce));
      break;
  }
  return lane;
}

function observe({ metrics, now }: Confirming, direction: Direction, entry: Entry | undefined): void {
  // Executed before this relayer had proven it: no duration to record.
  if (entry === undefined) return;
  metrics.transferSeconds.observe({ direction, stage: 'executed' }, now() - entry.readyAt);
}

function mark(kind: 'parked' | 'voided' | 'failed', entry: Entry | undefined): void {
  if (entry === undefined) return;
  // An open withdrawal that was refused can be parked under its batch; it stays refused, and bounces from there.
  if (kind !== 'parked') entry.refused = kind === 'failed';
  entry.hold = undefined;
}
