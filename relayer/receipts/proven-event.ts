import type { Address } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { logProofOf } from '../../protocol/receipts/build-receipt.ts';
import type { LogProof } from '../../protocol/receipts/format.ts';
import type { RpcHeader } from '../../protocol/proof/header.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { headerAt } from '../chain/finality.ts';
import { provenReceipts } from '../chain/logs.ts';
import type { BlockProofs } from '../chain/logs.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';

/** A chain, as far as its blocks are proven to others. */
export interface ProvableChain {
  readonly nodes: RpcQuorum;
  readonly source: { readonly proofs: Pick<BlockProofs, 'rule' | 'apart'> };
}

export interface ProvenEvent {
  readonly log: RpcLog;
  readonly proof: LogProof;
  /** The contract's logs in the same transaction, in order. */
  readonly logs: readonly RpcLog[];
}

/**
 * Proves a log of a contract in a final block, from the block's hash on which the quorum agrees.
 * @param isWanted True for the log to prove.
 * @throws {PegwayError} when no node has the block with all its receipts, or the block has no such log.
 */
export async function proveEvent(
  { nodes, source }: ProvableChain,
  contract: Address,
  number: bigint,
  isWanted: (log: RpcLog) => boolean,
): Promise<ProvenEvent> {
  const { rule, apart } = source.proofs;
  const { hash } = await headerAt(nodes, number);
  const place = { expectedHash: hash, number, rule, address: contract };
  return apart(() =>
    nodes.oneOf(
      'eth_getBlockReceipts',
      async (request, endpoint) => {
        const { header, logs, placeOf } = await provenReceipts<RpcHeader>(request, endpoint, place);
        const log = logs.find(isWanted);
        if (log === undefined) {
          throw new PegwayError(`${endpoint}: block ${hash} has no such event of ${contract}`, {
            code: 'proof-invalid',
            hint: 'the history of this relayer names another block: delete its data folder’s history',
          });
        }
        const ofTransaction = logs.filter(({ transactionHash }) => transactionHash === log.transactionHash);
        return { log, proof: logProofOf({ header, rule }, placeOf(log)), logs: ofTransaction };
      },
      { isPatient: true },
    ),
  );
}
