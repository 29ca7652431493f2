import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Hex } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { gasLimitFor } from '../../protocol/gas-limit.ts';
import { Refused, estimate } from '../../relayer/chain/bridge-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { createTransactionStore } from '../../relayer/tx/store.ts';
import { createTxManager } from '../../relayer/tx/tx-manager.ts';
import { type Output, wrong } from '../output.ts';
import type { Proposal } from './proposal.ts';

/**
 * Simulates each call as the bridge itself would run it, so that a revert after the delay is found before a signature. A call
 * that depends on an earlier one of the same proposal may fail alone; that is a note, not a refusal.
 * @throws {PegwayError} exit code 2 when the first call, which needs no other, would revert.
 */
export async function simulateCalls(bridge: ChainClient, { calls }: Proposal): Promise<string[]> {
  const notes: string[] = [];
  for (const [index, { data, function: name }] of calls.entries()) {
    try {
      await estimate(bridge, bridge.address, data);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const message = `calls[${index}]: ${name} would fail: ${messageOf(error)}`;
      if (index === 0) throw wrong(message, 'correct the proposal; nothing was signed or sent');
      notes.push(`${message} (run alone; a call before it may be what it needs)`);
    }
  }
  return notes;
}

/** Time to wait for inclusion; a second run continues from the state of the bridge. */
const PATIENCE_SECONDS = 300;
const LOOK_MILLISECONDS = 250;
/** Nodes may be a block apart: one may have the transaction before another has its effect. */
const LOOKS_AFTER_MINED = 40;

/** One transaction and its purpose. */
export interface Sending {
  readonly side: ChainClient;
  readonly payer: Signer;
  readonly data: Hex;
  /** For people: `submit proposal 3`. */
  readonly what: string;
  /** In wei, from the configuration. */
  readonly maxFeePerGas: bigint;
  /** Reads the effect from the bridge, which alone decides. */
  readonly done: () => Promise<boolean>;
}

/**
 * Sends one transaction to the bridge through the relayer's transaction manager, with its records in memory, and waits until
 * the bridge shows the effect.
 * @throws {Refused} when the bridge would refuse it; nothing was sent then.
 */
export async function sendAndWait(sending: Sending, output: Output): Promise<void> {
  const { side, payer, data, what, maxFeePerGas, done } = sending;
  const used = await estimate(side, payer.address, data);
  const ending = new AbortController();
  const database = new DatabaseSync(':memory:');
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  let mined: bigint | undefined;
  let abandoned: string | undefined;
  const lane = createTxManager({
    chain: side.nodes,
    signer: payer,
    store: createTransactionStore(database),
    fees: { maxFeePerGas, bumpAfterBlocks: 3 },
    log: quiet,
    signal: ending.signal,
    onMined: (record) => (mined = record.mined?.number),
    onAbandoned: (_, reason) => (abandoned = reason),
  });
  try {
    await lane.submit({ key: what, to: side.address, data, gas: gasLimitFor(used), note: {} });
    output.say(`${what}: sent by ${payer.address}, waiting for a block of the ${side.side} chain`);
    let looks = 0;
    const deadline = performance.now() + PATIENCE_SECONDS * 1_000;
    for (;;) {
      if (await done()) return;
      if (mined !== undefined && ++looks > LOOKS_AFTER_MINED)
        throw new PegwayError(`${what}: the transaction is in block ${mined}, but did nothing`);
      if (abandoned !== undefined) throw new PegwayError(`${what}: the transaction was given up: ${abandoned}`);
      if (performance.now() > deadline) {
        throw new PegwayError(`${what}: in no block after ${PATIENCE_SECONDS} s`, {
          code: 'waiting-for-inclusion',
          hint: 'look with pegway governance show; run the same command again, it goes on where the bridge stands',
        });
      }
      await sleep(LOOK_MILLISECONDS);
      await lane.onHead(await side.latestHead());
    }
  } finally {
    ending.abort();
    await lane.close();
    database.close();
  }
}
