import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/*
 * All metrics, in the order of a transfer's journey; base units; the unit is in the name. Passed in, never global, so that
 * a test makes its own. Labels are bounded: chains, endpoints, signers, pegs, reason codes, never a transfer.
 * docs/metrics.md is made from this file.
 */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name, help, labelNames, registers });

  const metrics = {
    registry,

    // This relayer.
    buildInfo: gauge('pegway_build_info', 'Always 1; the version that runs, and its signer.', ['version', 'address']),
    ready: gauge('pegway_ready', '1 while /health/ready returns 200: this signer has no fault of its own.', ['bridge']),
    problems: gauge('pegway_problems', 'Current problems, by the part that noticed them and reason code.', [
      'bridge',
      'part',
      'code',
    ]),
    loopTimestamp: gauge('pegway_loop_timestamp_seconds', 'When this loop last completed a round.', ['bridge', 'loop']),
    configReloaded: gauge(
      'pegway_config_reload_timestamp_seconds',
      'When an edited configuration was last applied or refused; absent before.',
      ['outcome'],
    ),
    configRefused: gauge(
      'pegway_config_refused',
      '1 while the configuration file is not in effect: it was refused, and the one before it stays.',
    ),
    shardHeld: gauge(
      'pegway_shard_held',
      '1 while this process holds the shard, named by its paying account; absent where processes share none.',
      ['shard'],
    ),
    shardUnheld: gauge(
      'pegway_shard_unheld',
      '1 while no process of this signer holds the shard, as seen by this one.',
      ['shard'],
    ),
    shardProcesses: gauge(
      'pegway_shard_processes',
      'Processes that share the shards of this signer, as seen by this one.',
    ),

    // The chains and their nodes.
    chainHeadBlock: gauge('pegway_chain_head_block', 'Height of the newest block with this tag.', [
      'bridge',
      'chain',
      'tag',
    ]),
    chainHeadTimestamp: gauge('pegway_chain_head_timestamp_seconds', 'Time of the same block, by the chain’s clock.', [
      'bridge',
      'chain',
      'tag',
    ]),
    chainScannedBlock: gauge('pegway_chain_scanned_block', 'Height up to which final blocks were read.', [
      'bridge',
      'chain',
    ]),
    chainStale: gauge('pegway_chain_stale', '1 while the final block has not moved for staleSeconds.', [
      'bridge',
      'chain',
    ]),
    rpcRequests: counter('pegway_rpc_requests_total', 'JSON-RPC requests.', ['chain', 'endpoint', 'method', 'outcome']),
    rpcHttpRequests: counter(
      'pegway_rpc_http_requests_total',
      'HTTP requests, each with one or more JSON-RPC requests.',
      ['chain', 'endpoint'],
    ),
    rpcReceivedBytes: counter('pegway_rpc_received_bytes_total', 'Bytes of their answers, as they travelled.', [
      'chain',
      'endpoint',
    ]),
    rpcEndpointSlow: gauge(
      'pegway_rpc_endpoint_slow',
      '1 while this node hangs, refuses or is slow: it is asked only where the quorum needs it, and probed.',
      ['chain', 'endpoint'],
    ),
    rpcDisagreements: counter('pegway_rpc_disagreements_total', 'Reads on which too few nodes agreed.', ['chain']),

    // Transfers.
    transfersSeen: counter('pegway_transfers_seen_total', 'Transfers proven final on their source chain.', [
      'bridge',
      'direction',
    ]),
    transfersExecuted: counter('pegway_transfers_executed_total', 'Transfers executed in a final block.', [
      'bridge',
      'direction',
    ]),
    transfersRejected: counter('pegway_transfers_rejected_total', 'Transfers or requests that were not signed.', [
      'bridge',
      'direction',
      'reason',
    ]),
    oldestPending: gauge(
      'pegway_oldest_pending_seconds',
      'Since when the oldest open transfer is proven final here; without those that are parked or refused by their token.',
      ['bridge', 'direction'],
    ),
    pendingTransfers: gauge('pegway_pending_transfers', 'Transfers that are final and not executed.', [
      'bridge',
      'direction',
    ]),
    waitingTransfers: gauge('pegway_waiting_transfers', 'The same by what they wait for.', [
      'bridge',
      'direction',
      'reason',
    ]),

    // Signatures.
    signatures: counter('pegway_signatures_total', 'Valid signatures, own and received.', ['bridge', 'signer']),
    requestsRefused: counter(
      'pegway_requests_refused_total',
      'Requests on the public port that exceeded the budget of their caller: peer or stranger.',
      ['caller'],
    ),
    signingSeconds: new Histogram({
      name: 'pegway_signing_seconds',
      help: 'Time that a key takes for a signature.',
      labelNames: ['use', 'outcome'] as const,
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
      registers,
    }),
    signerLastAnswer: gauge(
      'pegway_signer_last_answer_timestamp_seconds',
      'When this current signer last answered; 0 if never.',
      ['bridge', 'signer'],
    ),
    signerInfo: gauge(
      'pegway_signer_info',
      'Always 1; name and contact that the configuration of this relayer has for a signer.',
      ['bridge', 'signer', 'name', 'contact'],
    ),
    equivocations: gauge(
      'pegway_equivocations',
      'Lanes in which this current signer has provably signed two different transfers for one nonce; absent without any.',
      ['bridge', 'signer'],
    ),
    quorumMargin: gauge('pegway_quorum_margin', 'Signers that answer and are in sync, less the threshold.', [
      'bridge',
      'direction',
    ]),
    signers: gauge('pegway_signers', 'Current signers of the bridge.', ['bridge', 'chain']),
    threshold: gauge('pegway_threshold', 'Signatures that the bridge asks for.', ['bridge', 'chain']),
    signerSetsDiffer: gauge('pegway_signer_sets_differ', '1 while the two bridges have other signers or thresholds.', [
      'bridge',
    ]),
    batchSize: new Histogram({
      name: 'pegway_batch_size',
      help: 'Transfers in a submitted batch.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    transferSeconds: new Histogram({
      name: 'pegway_transfer_seconds',
      help: 'From when a transfer was proven final to the end of a stage: signed, submitted, mined (by this relayer), executed (by any).',
      labelNames: ['direction', 'stage'] as const,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
      registers,
    }),

    // Transactions and what pays for them.
    transactions: counter('pegway_transactions_total', 'What nodes answered and what became of transactions.', [
      'chain',
      'outcome',
    ]),
    transactionsPending: gauge('pegway_transactions_pending', 'Transactions that are sent and not in a block.', [
      'chain',
    ]),
    transactionsHeld: gauge('pegway_transactions_held', 'Those of them that wait for lower fees or for funds.', [
      'chain',
      'reason',
    ]),
    transactionOldest: gauge(
      'pegway_transaction_oldest_blocks',
      'Blocks since the oldest pending transaction was first signed.',
      ['chain'],
    ),
    transactionFee: counter('pegway_transaction_fee_wei_total', 'Fees of mined transactions, by their receipts.', [
      'bridge',
      'chain',
    ]),
    accountBalance: gauge('pegway_account_balance_wei', 'Balance of the account that pays for transactions.', [
      'chain',
    ]),
    accountTransfersLeft: gauge(
      'pegway_account_transfers_left',
      'Transfers, each alone in its transaction, that the balance pays for at the current price; +Inf where they cost nothing.',
      ['chain'],
    ),

    // Pegs. Amounts are doubles: exact up to 2^53, then to 16 digits. A gap is 0 only if it is exactly zero.
    pegInfo: gauge('pegway_peg_info', 'Always 1; symbol of the peg’s product token, as one node returns it.', [
      'bridge',
      'peg',
      'symbol',
    ]),
    pegLocked: gauge('pegway_peg_locked', 'Collateral of the peg in main base units.', ['bridge', 'peg']),
    pegSupply: gauge('pegway_peg_supply', 'Supply of the product token in product base units.', ['bridge', 'peg']),
    pegGap: gauge('pegway_peg_gap', 'Error of the peg’s equation in product base units; 0 in flight, too.', [
      'bridge',
      'peg',
    ]),
    auditOk: gauge(
      'pegway_audit_ok',
      '1 while the last complete audit of the peg found nothing, 0 while it found an error; absent without one, or when it is old.',
      ['bridge', 'peg'],
    ),
    auditCompleted: gauge(
      'pegway_audit_last_completed_timestamp_seconds',
      'When the audit of the peg was last completed; 0 if never since the start.',
      ['bridge', 'peg'],
    ),
    paused: gauge('pegway_paused', '1 while the bridge is paused.', ['bridge', 'chain']),

    // Fees and rewards.
    feePot: gauge('pegway_fee_pot', 'Fees that wait in the pot of this bridge, in main base units.', [
      'bridge',
      'peg',
      'chain',
    ]),
    feesTaken: gauge('pegway_fees_taken', 'Fees taken so far, moved or in the pot, in main base units.', [
      'bridge',
      'peg',
      'chain',
    ]),
    feePrice: gauge('pegway_fee_price', 'Configured price of 10^18 main base units, in coins of the main chain.', [
      'bridge',
      'peg',
    ]),
    productCoinPrice: gauge(
      'pegway_product_coin_price',
      'Configured price of a coin of the product chain, in coins of the main chain.',
      ['bridge'],
    ),
    rewardsPeriod: gauge('pegway_rewards_period', 'Last period of rewards that is computed here, or published.', [
      'bridge',
      'token',
      'state',
    ]),
    rewardsEarned: gauge('pegway_rewards_earned', 'What all accounts have ever earned, in main base units.', [
      'bridge',
      'token',
    ]),

    // Anchors.
    anchorBlock: gauge('pegway_anchor_block', 'Height of the last anchored block of the product chain.', ['bridge']),
    anchorTimestamp: gauge(
      'pegway_anchor_timestamp_seconds',
      'When the signers attested the last anchor, by the main chain’s clock; absent on a bridge without anchors.',
      ['bridge'],
    ),
    anchorHead: gauge(
      'pegway_anchor_head',
      'Height up to which this relayer has read the product chain to anchor it.',
      ['bridge'],
    ),
    exitOpens: gauge(
      'pegway_exit_opens_timestamp_seconds',
      'First second in which holders can open an exit if no anchor and no proposal comes before; absent on a bridge without exits.',
      ['bridge'],
    ),

    // Exits.
    exitSnapshotMissing: gauge(
      'pegway_exit_snapshot_missing',
      '1 while this relayer keeps no snapshot of the block at which exits would settle, else 0.',
      ['bridge'],
    ),

    // Receipts.
    receipts: counter('pegway_receipts_total', 'Requests for receipts: served, refused, or failed for want of proof.', [
      'bridge',
      'outcome',
    ]),
    receiptSeconds: new Histogram({
      name: 'pegway_receipt_seconds',
      help: 'Time to make a receipt; one that is remembered is not made again.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers,
    }),

    // Webhooks.
    webhookDeliveries: counter('pegway_webhook_deliveries_total', 'Attempts to deliver an event to a webhook.', [
      'bridge',
      'webhook',
      'outcome',
    ]),
    webhookPending: gauge('pegway_webhook_pending', 'Events that wait for another attempt.', ['bridge', 'webhook']),
    webhookDeadLetters: gauge('pegway_webhook_dead_letters', 'Events for which no attempt is left.', [
      'bridge',
      'webhook',
    ]),
    webhookOldest: gauge(
      'pegway_webhook_oldest_seconds',
      'Since the first attempt of the oldest event that waits for another one; 0 without one.',
      ['bridge', 'webhook'],
    ),
    webhookDisabled: gauge('pegway_webhook_disabled', '1 while nothing is sent, because the receiver answered 410.', [
      'bridge',
      'webhook',
    ]),
    webhookSeconds: new Histogram({
      name: 'pegway_webhook_seconds',
      help: 'From when an event was taken up to its acknowledgement, of events that needed one attempt.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers,
    }),

    // Work.
    queueJobs: gauge('pegway_queue_jobs', 'Jobs in the queue.', ['queue', 'state']),

    // The process, under the names that every exporter uses.
    memory: gauge('process_resident_memory_bytes', 'Memory of the process.'),
    processor: counter('process_cpu_seconds_total', 'Processor time of the process.'),
    eventLoopLag: gauge(
      'nodejs_eventloop_lag_p99_seconds',
      'Delay of timers by what holds the event loop: 99th percentile since the last scrape.',
    ),
    startTime: gauge('process_start_time_seconds', 'When the process started.'),
  };

  for (const caller of ['peer', 'stranger']) metrics.requestsRefused.inc({ caller }, 0);
  return metrics;
}
