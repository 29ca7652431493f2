import type { Logger } from 'pino';
import type { Address, Hash } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { Side } from '../../protocol/lane.ts';
import type { HeaderRule } from '../../protocol/proof/header.ts';
import { lastOutboundBlock, outboundNonce, view } from '../chain/bridge-contract.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Head } from '../chain/finality.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Loop } from '../monitoring/supervised-loop.ts';
import { createAccountBook } from './account-book.ts';
import { type ExitContracts, type ExitState, readExitState } from './exits-contract.ts';
import { snapshotBridge } from './snapshot-bridge.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';
import type { Ask } from '../../protocol/exits/take-snapshot.ts';

/*
 * Exits prove the product chain's state at block B, which nodes forget within minutes. B is the last anchor, or the source block of
 * a later attested withdrawal: so a snapshot is kept of the last anchor, and of each block with redeems since.
 */

export interface SnapshotKeeper {
  readonly loop: Loop;
  /** The newest snapshot, or that of a height, as text; undefined when there is none. */
  readonly text: (height: bigint | undefined) => string | undefined;
  /** Sets the gauges just before a scrape. */
  readonly measure: (metrics: Pick<Metrics, 'exitSnapshotMissing'>) => void;
}

export interface SnapshotKeeperOptions {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly contracts: ExitContracts;
  readonly folder: SnapshotFolder;
  readonly rule: HeaderRule;
  readonly logRange: number;
  /** The product chain's finalized head, as far as it is processed. */
  readonly finalHead: () => Head | undefined;
  readonly log: Pick<Logger, 'info'>;
}

interface Block {
  readonly number: bigint;
  readonly blockHash: Hash;
}

const ROUND_SECONDS = 5;
/** A node that has just lost a state may not be the only one. */
const RETRY_SECONDS = 5;
/** Of blocks after the last anchor. The newest of them suffices once it was attested. */
const MOST_LATER = 16;

export function createSnapshotKeeper(options: SnapshotKeeperOptions): SnapshotKeeper {
  const { chains, contracts, folder, rule, logRange, finalHead, log } = options;
  const { main, product } = chains;
  const book = createAccountBook({ from: contracts.firstBlock, logRange, registry: contracts.registry });
  const ask: Ask = (method, params) => product.nodes.one<unknown>(method, [...params]);
  const hashes = new Map<bigint, Hash>();
  let state: ExitState | undefined;

  /** The block of the snapshot at a height, read once: a file has megabytes. */
  const hashAt = (height: bigint): Hash | undefined => {
    const hash = hashes.get(height) ?? folder.read(height)?.blockHash;
    if (hash !== undefined) hashes.set(height, hash);
    return hash;
  };

  async function take({ number, blockHash }: Block): Promise<void> {
    if (hashAt(number) === blockHash) return;

    const call = { address: main.address, abi: mainBridgeAbi, functionName: 'pegs', agreed: true } as const;
    const productTokens = await view(main.nodes, call);
    const deposits = new Map<Address, bigint>();
    for (const token of productTokens) deposits.set(token, await outboundNonce(main, token, 'latest'));
    const newest = folder.heights().at(-1);
    const kept = newest === undefined ? undefined : folder.read(newest)?.nodes;
    const snapshot = await snapshotBridge(
      ask,
      {
        ...{ chainId: product.chainId, rule, number, blockHash, book, productTokens },
        ...{ productBridge: product.address, registry: contracts.registry },
        deposits: (token) => deposits.get(token) ?? 0n,
      },
      kept,
    );
    folder.write(snapshot);
    hashes.set(number, blockHash);
    log.info({ block: number, blockHash, nodes: snapshot.nodes.size }, 'exit snapshot taken');
  }

  /** The newest final block with a redeem: the next attestation of withdrawals names it. */
  async function lastRedeemBlock(head: Head): Promise<Block | undefined> {
    const call = { address: product.address, abi: mainBridgeAbi, functionName: 'pegs' } as const;
    const tokens = await view(product.nodes, call);
    const blocks = await Promise.all(tokens.map((token) => lastOutboundBlock(product, token, head)));
    const number = blocks.reduce((newest, one) => (one > newest ? one : newest), 0n);
    if (number === 0n) return undefined;
    return { number, blockHash: (await product.headerAt(number)).hash };
  }

  function prune(settles: Block): void {
    const heights = folder.heights();
    const later = heights.filter((height) => height > settles.number);
    const wanted = new Set([settles.number, ...later.slice(-MOST_LATER)]);
    for (const height of heights.filter((one) => !wanted.has(one))) {
      folder.remove(height);
      hashes.delete(height);
    }
  }

  return {
    text: (height) => folder.text(height ?? folder.heights().at(-1) ?? -1n),
    measure(metrics) {
      if (state === undefined) return;
      const { settles } = state;
      const isMissing = settles !== undefined && hashAt(settles.number) !== settles.blockHash;
      metrics.exitSnapshotMissing.set(isMissing ? 1 : 0);
    },
    loop: {
      name: 'exit-snapshots',
      part: 'exit snapshots',
      stallSeconds: 600,
      retrySeconds: RETRY_SECONDS,
      async round() {
        state = await readExitState(main, contracts);
        const { settles, isClosed } = state;
        if (settles === undefined) return ROUND_SECONDS;

        // The newer block first: its state is needed as soon as it is attested, and the anchor's may be gone for good.
        const head = finalHead();
        const redeemed = isClosed || head === undefined ? undefined : await lastRedeemBlock(head);
        if (redeemed !== undefined && redeemed.number > settles.number) await take(redeemed);
        await take(settles);
        if (!isClosed) prune(settles);
        return ROUND_SECONDS;
      },
    },
  };
}
