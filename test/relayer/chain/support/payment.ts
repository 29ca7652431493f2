import type { RpcQuorum } from '../../../../relayer/chain/rpc-quorum.ts';
import { simulatePayout } from '../../../../relayer/chain/simulate-payout.ts';
import { bridges, holder, mainToken } from '../../support.ts';

/** True if these nodes agree that the main token would pay. */
export const simulatePayment = (nodes: RpcQuorum): Promise<boolean> =>
  simulatePayout(
    { side: 'main', address: bridges[0], nodes },
    { mainToken, gasCap: 100_000 },
    { recipient: holder, amount: 1n },
  );
