import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/*
 * All metrics, in the order of a transfer's journey; base units; the unit is in the name. Passed in, never global, so that
 * a test makes its own. Labels are bounded: chains, endpoints, signers, pegs, reason codes, never a transfer.
 */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `pegway_${name}`, help, labelNames, registers });
  const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `pegway_${name}`, help, labelNames, registers });

  return {
    registry,

    // The chains and their nodes.
    chainHeadBlock: gauge('chain_head_block', 'Height of the newest block with this tag.', ['chain', 'tag']),
    chainScannedBlock: gauge('chain_scanned_block', 'Height up to which final blocks were read.', ['chain']),
    rpcRequests: counter('rpc_requests_total', 'JSON-RPC requests.', ['chain', 'endpoint', 'method', 'outcome']),
    rpcDisagreements: counter('rpc_disagreements_total', 'Times that too few nodes said the same.', ['chain']),
    loopTimestamp: gauge('loop_timestamp_seconds', 'When this loop last completed a round.', ['loop']),

    // Transfers.
    transfersSeen: counter('transfers_seen_total', 'Transfers proven final on their source chain.', ['direction']),
    transfersExecuted: counter('transfers_executed_total', 'Transfers executed in a final block.', ['direction']),
    transfersRejected: counter('transfers_rejected_total', 'Transfers or requests that were not signed.', [
      'direction',
      'reason',
    ]),
    oldestPending: gauge('oldest_pending_seconds', 'Age of the oldest transfer that is final and not executed.', [
      'direction',
    ]),
    pendingTransfers: gauge('pending_transfers', 'Transfers that are final and not executed.', ['direction']),

    // Signatures.
    signatures: counter('signatures_total', 'Valid signatures, own and received.', ['signer']),
    signingSeconds: new Histogram({
      name: 'pegway_signing_seconds',
      help: 'Time that a key takes for a signature.',
      labelNames: ['use', 'outcome'] as const,
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
      registers,
    }),
    signerLastAnswer: gauge('signer_last_answer_timestamp_seconds', 'When this signer last answered.', ['signer']),
    quorumMargin: gauge('quorum_margin', 'Signers that answer and are in sync, less the threshold.', ['direction']),
    batchSize: new Histogram({
      name: 'pegway_batch_size',
      help: 'Transfers in a submitted batch.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    transferSeconds: new Histogram({
      name: 'pegway_transfer_seconds',
      help: 'Time that a transfer spends in each stage.',
      labelNames: ['direction', 'stage'] as const,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
      registers,
    }),

    // Transactions and what pays for them.
    transactions: counter('transactions_total', 'What nodes answered and what became of transactions.', [
      'chain',
      'outcome',
    ]),
    transactionFee: counter('transaction_fee_wei_total', 'Fees offered for mined transactions, at most.', ['chain']),
    accountBalance: gauge('account_balance_wei', 'Balance of the account that pays for transactions.', ['chain']),
    accountTransfersLeft: gauge('account_transfers_left', 'Transfers that the balance still pays for.', ['chain']),

    // Pegs.
    pegLocked: gauge('peg_locked', 'Collateral of the peg in main base units.', ['peg']),
    pegSupply: gauge('peg_supply', 'Supply of the product token in product base units.', ['peg']),
    pegGap: gauge('peg_gap', 'Error of the peg’s equation in product base units; 0 in flight, too.', ['peg']),
    auditOk: gauge('audit_ok', '1 while the audit of the peg finds nothing.', ['peg']),
    paused: gauge('paused', '1 while the bridge is paused.', ['chain']),
    queueJobs: gauge('queue_jobs', 'Jobs in the queue.', ['queue', 'state']),
  };
}
